"""The process that started this one: `--parent-fd`, and waking up when it dies.

A part that `zreplay run` started holds the read end of a pipe from it, and ends at end of file.
One that is stopped (SIGSTOP) would not see that: on Linux the kernel wakes it.
"""

from collections.abc import Callable
from typing import Any, Final

import click

from protocol.program.parent_death import wake_with_parent

MAX_FD: Final = 2**31 - 1


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
