"""A child that is forked rather than spawned, so that it need not repeat its parent's imports.

The parts of a run would otherwise spend more time on their imports than on a million quotes.
Only on Linux, and only while the parent has one thread: a lock held by another thread would stay
locked in the child forever.
"""

import importlib
import os
import runpy
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, NoReturn

from protocol.errors import ZreplayError
from protocol.json_text import utf8_text
from protocol.program.collection import ExemptFromCollection
from protocol.program.parent import begin_as_child
from protocol.program.stop import SIGNALS

_TASKS = Path("/proc/self/task")


def is_possible() -> bool:
    """Return whether a fork of this process could run by itself."""
    return sys.platform == "linux" and len(list(_TASKS.iterdir())) == 1


def preload(modules: Collection[str]) -> None:
    """Import what the children will need, and exempt it from garbage collection."""
    with ExemptFromCollection():
        for module in modules:
            importlib.import_module(module)


class ForkedChild:
    """`python -m command` in a process of its own; as much of a Popen as a supervisor needs.

    It has a session of its own, nothing to read, its standard output in `stdout`, its errors
    at `stderr_fd` or where the parent's go, and of the parent's open files `pass_fds` alone.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        title: str,
        pass_fds: Collection[int],
        env: Mapping[str, str],
        stderr_fd: int | None = None,
    ) -> None:
        self.returncode: int | None = None
        read_fd, write_fd = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal in its first moments must not ring the parent's bell.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self.pid = os.fork()
        if not self.pid:
            _be_child(command, title, {*pass_fds}, env, (write_fd, stderr_fd), mask)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(write_fd)
        self.stdout: IO[bytes] = os.fdopen(read_fd, "rb")
        self._pid_fd = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
                os.close(self._pid_fd)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code.

        Raises:
            subprocess.TimeoutExpired: it lives on.
        """
        if self.poll() is None:
            select.select([self._pid_fd], [], [], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it by force."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _be_child(
    command: Sequence[str],
    title: str,
    fds: set[int],
    env: Mapping[str, str],
    outputs: tuple[int, int | None],
    mask: set[Any],
) -> NoReturn:
    """Leave all of the parent behind but its modules; never return to its frames."""
    code: Any = ZreplayError.exit_code
    try:
        begin_as_child()  # first: it may be stopped long before it has read --parent-fd
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, {*mask, signal.SIGTERM, signal.SIGHUP})
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        output_fd, stderr_fd = outputs
        os.dup2(output_fd, 1)
        if stderr_fd is not None:
            os.dup2(stderr_fd, 2)
        _close_all_but({0, 1, 2, *fds})
        sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
        _show_as(title)
        os.environ.clear()
        os.environ.update(env)
        sys.argv = [*command]
        # A command was started with it, so it exists: it starts over, without a warning.
        sys.modules.pop(f"{command[0]}.__main__", None)
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _close_all_but(fds: set[int]) -> None:
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
