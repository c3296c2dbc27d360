"""A child that is forked before it is known what it shall do: it imports while its parent does.

What a replayer imports takes as long as what the command does before it starts one, and most
machines have more than one core. Who never wants it has lost nothing but that: it ends when this
process does. Only on Linux, and only while this process has one thread.
"""

import os
import signal
import socket
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from fcntl import F_DUPFD, fcntl
from importlib import import_module
from marshal import dumps, load
from typing import Any, Final

from protocol.program.collection import ExemptFromCollection
from protocol.program.parent_death import end_with_parent, wake_with_parent
from zreplay.recordings.seen_files import hear, told
from zreplay.supervision.becoming import close_all_but, leave_parent, run_command, run_to_exit

MOST_FDS: Final = 16
"""So many open files can be handed on to it."""

_begun: Final[list["BegunChild"]] = []


class BegunChild:
    """It waits for what to run, with `modules` imported."""

    def __init__(self, pid: int, end: socket.socket, modules: Collection[str]) -> None:
        self.pid = pid
        self.modules = modules
        self._end = end

    def leaves(self, modules: Iterable[str]) -> tuple[str, ...]:
        """Return those of some modules that it does not import."""
        return tuple(module for module in modules if module not in self.modules)

    def takes(
        self,
        command: Sequence[str],
        title: str,
        fds: Collection[int],
        env: Mapping[str, str],
        outputs: tuple[int, int | None],
    ) -> bool:
        """Tell it what to run; return whether it was there to hear it, else there is none."""
        output_fd, stderr_fd = outputs
        # In a file, which has room for any number of arguments: nobody waits for who is stopped.
        with os.fdopen(os.memfd_create("job"), "wb") as job:
            job.write(dumps(([*command], title, [*fds], {**env}, told())))
            job.seek(0)
            given = [job.fileno(), output_fd, 2 if stderr_fd is None else stderr_fd, *fds]
            try:
                socket.send_fds(self._end, [b"."], given)
            except OSError:
                self.dismiss()
                return False
        self._end.close()
        return True

    def dismiss(self) -> None:
        """End it: nobody has anything to do for it."""
        self._end.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def begin_child(modules: Collection[str]) -> None:
    """Fork a child that imports these, where it can run beside this process."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return
    if len(os.listdir("/proc/self/task")) > 1:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    try:
        ours, its = socket.socketpair()
    except OSError:  # no more files may be open; who needs one says so
        return
    # A signal in its first moments must not ring the parent's bell.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        pid = os.fork()
    except OSError:  # nor processes
        ours.close()
    else:
        if not pid:
            run_to_exit(lambda: _wait_for_job(its, modules, mask, parent))
        _begun.append(BegunChild(pid, ours, modules))
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    its.close()


def begun_child() -> BegunChild | None:
    """Return the child that was begun, once."""
    return _begun.pop() if _begun else None


def _wait_for_job(
    its: socket.socket, modules: Collection[str], mask: Collection[Any], parent: int
) -> None:
    leave_parent(mask)
    end_with_parent()
    if os.getppid() != parent:
        return
    # Whoever reads what the parent prints must not wait for this process too.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    close_all_but({0, 1, 2, its.fileno()})
    with ExemptFromCollection():
        for module in modules:
            import_module(module)
    heard, fds, _, _ = socket.recv_fds(its, 1, MOST_FDS)
    if not heard:
        return
    wake_with_parent()
    os.close(its.detach())
    with os.fdopen(fds.pop(0), "rb") as job:
        command, title, numbers, env, seen = load(job)
    hear(seen)
    run_command(command, title, numbers, env, _renumbered(fds, numbers))


def _renumbered(fds: Sequence[int], numbers: Sequence[int]) -> tuple[int, int]:
    """Give all but the first two files the numbers that they had; return those of the two."""
    above = max((2, *numbers)) + 1
    output_fd, stderr_fd, *rest = [fcntl(fd, F_DUPFD, above) for fd in fds]
    for fd, number in zip(rest, numbers, strict=True):
        os.dup2(fd, number, inheritable=False)
    return output_fd, stderr_fd
