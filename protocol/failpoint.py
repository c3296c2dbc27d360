"""Failpoints: a process that kills itself at a named step, for tests of recovery.

`ZREPLAY_FAILPOINT=result_log.after_mids:3` sends SIGKILL to the process that reaches that
point for the third time. Unset, a point costs one comparison.
"""

import os
import signal
from typing import Final

VARIABLE: Final = "ZREPLAY_FAILPOINT"

_name, _, _occurrence = os.environ.get(VARIABLE, "").partition(":")
_left = int(_occurrence or 1)


def reach(name: str) -> None:
    """Pass the point `name`, or die here if it is the chosen one."""
    global _left
    if name == _name:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def is_next(name: str) -> bool:
    """Tell whether the coming `reach` of this point kills, for a half-done step before it."""
    return name == _name and _left == 1
