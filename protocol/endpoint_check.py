"""Whether an endpoint is valid, and who can reach it."""

import ipaddress
import os
import stat
from pathlib import Path
from typing import Final

from protocol.errors import LinkError, SettingsError
from protocol.json_text import utf8_text
from protocol.shown_address import shown_address
from protocol.whole_number import whole_number

MAX_IPC_PATH_BYTES: Final = 100
MAX_PORT: Final = 65_535


def check_endpoint(endpoint: str) -> None:
    """Raise SettingsError unless this is an address of the form tcp:// or ipc://."""
    scheme, _, rest = endpoint.partition("://")
    if scheme not in ("tcp", "ipc") or not rest:
        raise SettingsError(
            f"address was {shown_address(endpoint)!r}, which is neither tcp:// nor ipc://",
            fix="write it as tcp://127.0.0.1:5555 or ipc:///run/zreplay/batches",
            code="Z206",
        )
    if utf8_text(rest) != rest:
        raise SettingsError(
            f"address was {shown_address(endpoint)!r}, which is not UTF-8",
            fix="choose another folder",
            code="Z206",
        )
    host, _, port = rest.rpartition(":")
    if scheme == "tcp" and not (host and (port == "*" or whole_number(port, MAX_PORT) is not None)):
        raise SettingsError(
            f"address was {shown_address(endpoint)!r}, expected a host and a port up to {MAX_PORT}",
            fix="write it as tcp://127.0.0.1:5555",
            code="Z206",
        )
    if scheme == "ipc" and len(os.fsencode(rest)) > MAX_IPC_PATH_BYTES:
        raise SettingsError(
            f"ipc path is longer than {MAX_IPC_PATH_BYTES} bytes: {rest}",
            fix="choose a shorter folder",
            code="Z206",
        )


def check_bind_address(endpoint: str, insecure: bool) -> None:
    """Raise SettingsError where others could reach the address unasked."""
    if insecure or is_private(endpoint):
        return
    raise SettingsError(
        f"{shown_address(endpoint)} can be reached by others, and no key is given",
        fix=_fix(endpoint),
        code="Z207",
    )


def _fix(endpoint: str) -> str:
    if endpoint.startswith("ipc://"):
        return "choose a folder of mode 0700, or --insecure: anyone may use it"
    return (
        "make keys: `zreplay keys new`, then --key keys/replayer.key (the sink: keys/sink.key); "
        "or bind tcp://127.0.0.1:PORT; or --insecure: anyone may use it"
    )


def is_private(endpoint: str) -> bool:
    """Return whether only this user (ipc) or this machine (tcp) can reach the address."""
    scheme, _, rest = endpoint.partition("://")
    if scheme == "ipc":
        if rest.startswith("@"):  # the abstract namespace has no permissions
            return False
        folder = Path(rest).parent
        try:
            mode = stat.S_IMODE(folder.stat().st_mode)
        except OSError as error:
            raise LinkError(
                f"cannot listen on {shown_address(endpoint)}: {error.strerror}",
                fix=f"make the folder {folder} with mode 0700",
                code="Z301",
            ) from error
        return mode & 0o077 == 0
    host = rest.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
