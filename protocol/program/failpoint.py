"""Failpoints: a process that dies, or a disk that fails, at a named step; for tests of recovery.

    ZREPLAY_FAILPOINT=result_log.after_mids:3       SIGKILL to whoever reaches it the third time
    ZREPLAY_FAILPOINT=disk.write:3:EIO              that step fails with EIO the third time
    ZREPLAY_FAILPOINT=disk.write:3-9:ENOSPC         from the third to the ninth time

Unset, a point costs one comparison.
"""

import errno
import os
import signal
from typing import Final

VARIABLE: Final = "ZREPLAY_FAILPOINT"

_name, _, _rest = os.environ.get(VARIABLE, "").partition(":")
_occurrences, _, _kind = _rest.partition(":")
_first, _, _last = (_occurrences or "1").partition("-")
_until_first = int(_first)
_until_last = int(_last or _first)


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
    """Tell whether the coming `reach` of this point acts, for a half-done step before it."""
    return name == _name and _until_first <= 1 <= _until_last
