"""`--key` and `--allowed`, and the guard that follows from them."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from protocol.errors import SettingsError
from protocol.keys.key_source import ALLOWED_FILE, allowed_path, read_key

if TYPE_CHECKING:
    from protocol.keys.guard import Guard  # and with it zmq, which no help needs

key_option: Final = click.option(
    "--key",
    default="",
    show_default=False,
    metavar="FILE",
    help="The key of this program for tcp (`zreplay keys`); env:VARIABLE, fd:NUMBER.",
)
allowed_option: Final = click.option(
    "--allowed",
    default="",
    show_default=False,
    metavar="FILE",
    help=f"Who is let in.  [default: {ALLOWED_FILE} beside --key]",
)


def connecting_guard(key: str) -> "Guard | None":
    """Return the guard of a program that connects, None without a key.

    Raises:
        SettingsError: the key cannot be read.
    """
    if not key:
        return None
    from protocol.keys.guard import Guard

    return Guard(read_key(key))


def listening_guard(key: str, allowed: str, role: str) -> "Guard | None":
    """Return the guard of a program that listens in this role, None without a key.

    Raises:
        SettingsError: the key or the list cannot be read, or the key is of another role.
    """
    if not key:
        if allowed:
            raise SettingsError(
                "--allowed says who is let in, and without --key all are", code="Z203"
            )
        return None
    from protocol.keys.allowed_file import AllowedFile
    from protocol.keys.guard import Guard

    own = read_key(key)
    if own.role != role:
        raise SettingsError(
            f"the key {own.name!r} has the role {own.role}: who connects expects that of the "
            f"{role}",
            fix=f"--key {role}.key, of the folder that `zreplay keys new` made",
            code="Z216",
        )
    path = Path(allowed) if allowed else allowed_path(key)
    if path is None:
        raise SettingsError(
            "the key is in no file, so the list of who is let in is not beside it",
            fix=f"--allowed {ALLOWED_FILE}",
            code="Z203",
        )
    file = AllowedFile(path)
    return Guard(own, file.first, file.changed, lambda: file.problem)
