"""Failpoints: a process that dies, or a disk that fails, at a named step; for tests of recovery.

    ZREPLAY_FAILPOINT=result_log.after_mids:3       SIGKILL when it is reached the third time
    ZREPLAY_FAILPOINT=disk.write:3:EIO              that step fails with EIO the third time
    ZREPLAY_FAILPOINT=disk.write:3-9:ENOSPC         from the third to the ninth time

Unset, a point costs one comparison.
"""

import errno
import os
import signal
from typing import Final

from protocol.errors import SettingsError
from protocol.whole_number import whole_number

VARIABLE: Final = "ZREPLAY_FAILPOINT"
MOST: Final = 10**9

_name, _, _rest = os.environ.get(VARIABLE, "").partition(":")
_occurrences, _, _kind = _rest.partition(":")
_first, _, _last = (_occurrences or "1").partition("-")
_numbers = [whole_number(text, MOST) for text in (_first, _last or _first)]
_until_first, _until_last = (number or 0 for number in _numbers)
if None in _numbers or not hasattr(errno, _kind or "EIO"):
    raise SettingsError(
        f"{VARIABLE} is not a failpoint", fix=f"write it as POINT:3-9:EIO, or unset {VARIABLE}"
    )


def reach(name: str) -> None:
    """Pass the point `name`, or die or fail here if it is the chosen one.

    Raises:
        OSError: the point was chosen to fail.
    """
    global _until_first, _until_last
    if name == _name:
        _until_first -= 1
        _until_last -= 1
        if _until_first <= 0 <= _until_last:
            if _kind:
                number = getattr(errno, _kind)
                raise OSError(number, os.strerror(number))
            os.kill(os.getpid(), signal.SIGKILL)


def is_next(name: str) -> bool:
    """Return whether the next `reach` of this point acts, for a half-done step before it."""
    return name == _name and _until_first <= 1 <= _until_last
