"""A child that is forked rather than spawned, so that it need not repeat its parent's imports.

The parts of a run would otherwise spend more time on their imports than on a million quotes.
Only on Linux, and only while the parent has one thread: a lock held by another thread would stay
locked in the child forever.
"""

import importlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO

from protocol.program.collection import ExemptFromCollection
from zreplay.supervision.becoming import leave_parent, run_command, run_to_exit
from zreplay.supervision.begun_child import BegunChild

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
    If one is `begun`, and is there, it is that.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        title: str,
        pass_fds: Collection[int],
        env: Mapping[str, str],
        stderr_fd: int | None = None,
        begun: BegunChild | None = None,
    ) -> None:
        self.returncode: int | None = None
        read_fd, write_fd = os.pipe()
        job = command, title, pass_fds, env, (write_fd, stderr_fd)
        self.pid = begun.pid if begun is not None and begun.takes(*job) else _fork(*job)
        os.close(write_fd)
        self.stdout: IO[bytes] = os.fdopen(read_fd, "rb")
        self._pid_fd = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it lives."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._reaped(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code.

        Raises:
            subprocess.TimeoutExpired: it lives on.
        """
        if (code := self.poll()) is not None:
            return code
        if not select.select([self._pid_fd], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        # It has ended; only whoever traces it may be told before us.
        return self._reaped(os.waitpid(self.pid, 0)[1])

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it by force."""
        self._send(signal.SIGKILL)

    def _reaped(self, status: int) -> int:
        self.returncode = os.waitstatus_to_exitcode(status)
        os.close(self._pid_fd)
        return self.returncode

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def manner_of(code: int | None) -> str:
    """Return how a process ended by what its parent was told of it."""
    if code is None or code >= 0:
        return f"with exit code {code}"
    return f"by {signal.Signals(-code).name}"


def _fork(
    command: Sequence[str],
    title: str,
    fds: Collection[int],
    env: Mapping[str, str],
    outputs: tuple[int, int | None],
) -> int:
    """Return the pid of a child that runs this."""
    sys.stdout.flush()
    sys.stderr.flush()
    # A signal in its first moments must not ring the parent's bell.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = os.fork()
    if not pid:

        def be_child() -> None:
            leave_parent(mask)
            run_command(command, title, fds, env, outputs)

        run_to_exit(be_child)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid
