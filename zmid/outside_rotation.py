"""What a program such as logrotate leaves of a log: told from damage by the names beside it."""

import re
from collections.abc import Iterable
from typing import Final

from protocol.errors import ResultLogError
from protocol.rotation import OPTION

_LEFT: Final = r"(?:\.[0-9]+|-[0-9]{8}(?:-?[0-9]+)?)(?:\.(?:gz|zst|xz|bz2))?"
"""`.1`, `.2.gz`, `-20260115`, `-20260115-1768478400.zst`."""


def left_of(log: str, names: Iterable[str]) -> str | None:
    """Return which of the names in a folder is what was rotated away of a log, the newest first."""
    pattern = re.compile(re.escape(log) + _LEFT)
    found = sorted(filter(pattern.fullmatch, names), key=lambda name: (len(name), name))
    return found[0] if found else None


def rotated_outside(log: str, left: str, what: str) -> ResultLogError:
    """Return the error that says so, and what to do."""
    is_packed = not left.removeprefix(log).replace("-", "").replace(".", "").isdigit()
    unpacked = "unpack it, and " if is_packed else ""
    return ResultLogError(
        f"{log} {what}, and {left} is beside it: another program rotated it, as logrotate does",
        fix=f"{unpacked}put it back as {log}, with what was written since left out; let nothing "
        f"else rotate it, and start the sink with {OPTION} hourly, daily or a size",
        code="Z610",
    )
