"""The text of `--metrics` -> where to listen: HOST:PORT, or a socket of this machine.

Behind a comma stands whose token is asked for: HOST:PORT,token=FILE.
"""

import ipaddress
from pathlib import Path
from typing import Final

from protocol.endpoint_check import MAX_PORT
from protocol.errors import SettingsError
from protocol.shown_address import shown_address
from protocol.whole_number import whole_number

UNIX: Final = "unix:"
"""Before the path of a socket: how the parts of a run give theirs to it."""


TOKEN: Final = ",token="


def split_token(address: str) -> tuple[str, str]:
    """Return the address, and where the token is that askers must bring; empty if none is."""
    where, _, token = address.partition(TOKEN)
    return where, token


def parse_metrics_address(address: str, *, insecure: bool) -> tuple[str, int] | Path:
    """Return host and port, or the path of a unix socket.

    Raises:
        SettingsError: it is neither, or others can reach it and `insecure` is not set.
    """
    if address.startswith(UNIX):
        return Path(address.removeprefix(UNIX))
    host, _, written = address.rpartition(":")
    host, port = host.strip("[]"), whole_number(written, MAX_PORT)
    if not host or port is None:
        raise SettingsError(
            f"metrics address was {shown_address(address)!r}, expected HOST:PORT",
            fix="write it as --metrics 127.0.0.1:9464",
            code="Z206",
        )
    if not insecure and not _is_loopback(host):
        raise SettingsError(
            f"{shown_address(address)} can be reached by others, and no token is asked for",
            fix=f"bind --metrics 127.0.0.1:{port}, or {address},token=FILE, or add --insecure",
            code="Z207",
        )
    return host, port


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
