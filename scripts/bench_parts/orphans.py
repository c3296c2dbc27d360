"""The CPU of processes that a command leaves to others: a pool whose parent has ended.

Nobody waits for the processes of a pool but the one that forks them, and nobody for that one. With
this process as the parent of orphans, it is ours to wait, and the kernel tells what all of them
used. Linux only: elsewhere they are counted as nothing.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36


class Orphans:
    """Made before a command is started; those that it leaves become children of this process."""

    def __init__(self) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._others = children(os.getpid())

    def cpu_seconds(self) -> float:
        """Wait for those that the command left, and what these leave; return their CPU time."""
        seconds = 0.0
        while left := children(os.getpid()) - self._others:
            for pid in left:
                with contextlib.suppress(ChildProcessError):
                    _, _, taken = os.wait4(pid, 0)
                    seconds += taken.ru_utime + taken.ru_stime
        return seconds


def children(pid: int) -> set[int]:
    """Return the children of a process, none where that cannot be known."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found.update(map(int, (task / "children").read_text().split()))
    return found
