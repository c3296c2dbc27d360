"""What a server or an address says by the way it fails -> one short line, and how long to wait."""

import ipaddress
import ssl
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidProxy, InvalidURI

from protocol.whole_number import whole_number
from zreplay.live.back_off import LONGEST_TOLD_NS

MAX_REASON_CHARACTERS: Final = 200


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine, and needs no proxy of the environment."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def told_ns(retry_after: list[str], now_unix_ns: int) -> int:
    """Return how long a server told us to stay away: seconds or a date of HTTP; 0 if neither."""
    for text in retry_after:
        if text.isascii() and text.isdecimal():
            seconds = whole_number(text, LONGEST_TOLD_NS // 1_000_000_000)
            return LONGEST_TOLD_NS if seconds is None else seconds * 1_000_000_000
        try:
            until_ns = round(parsedate_to_datetime(text).timestamp() * 1e9)
        except (ValueError, OverflowError):
            continue
        return min(max(0, until_ns - now_unix_ns), LONGEST_TOLD_NS)
    return 0


def reason_of(error: Exception) -> str:
    """Return one short line."""
    text = str(error)
    if isinstance(error, ConnectionClosed):
        text = _end(error)
    if isinstance(error, InvalidURI | InvalidProxy):  # whose text has the address in it
        text = f"the address cannot be used: {error.msg}"
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"its certificate is not trusted: {error.verify_message}"
    elif isinstance(error, ssl.SSLError) and error.reason:
        text = f"no TLS can be spoken there: {error.reason.lower().replace('_', ' ')}"
    elif isinstance(error, ConnectionRefusedError):
        text = "nobody listens there: connection refused"
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return " ".join((text or type(error).__name__).split())[:MAX_REASON_CHARACTERS]


def _end(error: ConnectionClosed) -> str:
    """Return who closed a connection, and what was said; or that nobody did."""
    if error.rcvd is not None and error.rcvd_then_sent is not False:
        return f"the server closed the connection: {error.rcvd}"
    if error.sent is not None:
        return f"the connection was closed from here: {error.sent}"
    return "the connection was cut"
