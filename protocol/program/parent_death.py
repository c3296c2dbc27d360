"""What the kernel does to a process whose parent dies (Linux): it is woken, or ended."""

import ctypes
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
# Looked up here: between a fork and the exec nothing may take a lock.
_prctl: Final = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def wake_with_parent() -> None:
    """Have the kernel wake this process when its parent dies, where it can."""
    _at_parents_death(signal.SIGCONT)


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies, where it can."""
    _at_parents_death(signal.SIGKILL)


def begin_as_child() -> None:
    """Be woken when the parent dies, and block stop signals until there is a handler.

    Without a handler each would kill the process, which would then be restarted.
    `StopSignal.install` unblocks them.
    """
    wake_with_parent()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP})


def _at_parents_death(number: signal.Signals) -> None:
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
