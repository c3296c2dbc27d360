"""An address that a venue gives with a token, for one connection: asked for by POST."""

import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Final
from urllib.parse import urlencode

import msgspec

from zreplay.live.feed_address import TOKEN

LONGEST_SECONDS: Final = 10.0
MAX_ANSWER_BYTES: Final = 64 * 1024


class _Server(msgspec.Struct):
    endpoint: str


class _Data(msgspec.Struct):
    token: str
    instanceServers: list[_Server]  # noqa: N815


class _Answer(msgspec.Struct):
    data: _Data


class TokenRefused(OSError):
    """The venue answered with this status of HTTP."""

    def __init__(self, status: int, retry_after: list[str]) -> None:
        super().__init__(f"the server answered HTTP {status} when asked for a token")
        self.status = status
        self.retry_after = retry_after


def is_token_address(address: str) -> bool:
    """Return whether the websocket's address has to be asked for there."""
    return address.startswith(TOKEN)


def websocket_address(address: str, *, has_proxy: bool) -> str:
    """Return the address of a websocket with a new token; this waits for the venue.

    With `has_proxy` it goes through the proxy of the environment, if there is one.

    Raises:
        OSError: there is no answer, or a refusal (TokenRefused).
        ValueError: the answer is not such an address.
    """
    request = urllib.request.Request(address, data=b"", method="POST")
    proxies = urllib.request.ProxyHandler(None if has_proxy else {})
    try:
        opener = urllib.request.build_opener(proxies)
        with opener.open(request, timeout=LONGEST_SECONDS) as response:
            body = response.read(MAX_ANSWER_BYTES)
    except urllib.error.HTTPError as error:
        error.close()
        retry_after = error.headers.get_all("Retry-After") if error.headers else None
        raise TokenRefused(error.code, retry_after or []) from None
    except urllib.error.URLError as error:
        raise (error.reason if isinstance(error.reason, OSError) else error) from None
    except HTTPException as error:
        raise OSError(f"no answer when asked for a token: {type(error).__name__}") from None
    try:
        data = msgspec.json.decode(body, type=_Answer).data
        endpoint = data.instanceServers[0].endpoint
    except (msgspec.MsgspecError, UnicodeDecodeError, IndexError):
        raise ValueError("the answer has no token, or no server to connect to") from None
    if not endpoint.startswith(("ws://", "wss://")):
        raise ValueError("the server to connect to is neither ws:// nor wss://")
    return f"{endpoint}?{urlencode({'token': data.token})}"
