"""How a forked process becomes a child of a run: of its parent it keeps the modules alone."""

import os
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, NoReturn

from protocol.errors import ZreplayError
from protocol.json_text import utf8_text
from protocol.program.parent_death import begin_as_child
from protocol.program.stop import SIGNALS


def run_to_exit(act: Callable[[], object]) -> NoReturn:
    """Act and exit; never return to the frames of the parent."""
    code: Any = ZreplayError.exit_code
    try:
        act()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def leave_parent(mask: Collection[Any]) -> None:
    """Have a session, no ears of the parent for signals, and nothing to read.

    `mask` are the signals that the parent blocks; stop signals are until there is a handler.
    """
    begin_as_child()  # first: it may be stopped long before it has read --parent-fd
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, {*mask, signal.SIGTERM, signal.SIGHUP})
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def run_command(
    command: Sequence[str],
    title: str,
    fds: Collection[int],
    env: Mapping[str, str],
    outputs: tuple[int, int | None],
) -> None:
    """Run `python -m command` with these open files, and its output and errors there."""
    output_fd, stderr_fd = outputs
    os.dup2(output_fd, 1)
    if stderr_fd is not None:
        os.dup2(stderr_fd, 2)
    close_all_but({0, 1, 2, *fds})
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    _show_as(title)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [*command]
    # A command was started with it, so it exists: it starts over, without a warning.
    sys.modules.pop(f"{command[0]}.__main__", None)
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)


def close_all_but(fds: set[int]) -> None:
    for fd, next_fd in pairwise([*sorted(fds), os.sysconf("SC_OPEN_MAX")]):
        if next_fd > fd + 1:  # closerange(0, 0) closes everything
            os.closerange(fd + 1, next_fd)


def _show_as(title: str) -> None:
    """Show this in `ps` and `pgrep -f`, as far as the parent's own command leaves room.

    More room would be that of the environment, which follows it and is left alone.
    """
    from setproctitle import setproctitle

    os.environ["SPT_NOENV"] = "1"
    setproctitle(utf8_text(title))
