"""The process that started this one: `--parent-fd`, and waking up when it dies.

A part that `zreplay run` started holds the read end of a pipe from it, and ends at end of file.
One that is stopped (SIGSTOP) would not see that: on Linux the kernel wakes it.
"""

import ctypes
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

import click

MAX_FD: Final = 2**31 - 1
_PR_SET_PDEATHSIG: Final = 1
# Looked up here: between a fork and the exec nothing may take a lock.
_prctl: Final = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def parent_option[Command: Callable[..., Any]](command: Command) -> Command:
    """Add --parent-fd to a command that `zreplay run` starts."""
    fd = click.IntRange(0, MAX_FD)
    return click.option("--parent-fd", type=fd, hidden=True, callback=_on_parent_fd)(command)


def _on_parent_fd(
    context: click.Context, parameter: click.Parameter, parent_fd: int | None
) -> int | None:
    if parent_fd is not None:
        wake_with_parent()
    return parent_fd


def wake_with_parent() -> None:
    """Have the kernel wake this process when its parent dies, where it can (Linux)."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(signal.SIGCONT), 0, 0, 0)


def begin_as_child() -> None:
    """Be woken when the parent dies, and block stop signals until there is a handler.

    Without a handler each would kill the process, which would then be restarted.
    `StopSignal.install` unblocks them.
    """
    wake_with_parent()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP})
