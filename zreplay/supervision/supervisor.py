"""Starts the processes of a run, restarts those that die, and ends them all.

The children hold the read end of a pipe: when the supervisor is gone, however it ended, they
read end of file and finish. They have a session of their own, so a Ctrl-C on the terminal
reaches only the supervisor.

Not circus: it restarts what was stopped on purpose (circus#809, #965), and cannot fork parts
after their imports.
"""

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from protocol import compiled_parts
from protocol.program import failpoint
from protocol.program.config_discovery import without_discovery
from protocol.program.diagnostics import Log
from protocol.program.parent_death import begin_as_child
from protocol.program.service_manager import VARIABLES as SERVICE_VARIABLES
from protocol.program.stop import StopSignal
from zreplay.supervision import forked
from zreplay.supervision.begun_child import BegunChild
from zreplay.supervision.child_failed import ChildFailed, why_it_failed
from zreplay.supervision.restart import RestartPolicy

END_SECONDS: Final = 5.0
WELL_ENDED_DELAY_NS: Final = 1_000_000_000
"""At the end of a run its sink exits a moment before the replayer: that is not a death."""

SETTING_PREFIXES: Final = ("ZREPLAY_", "ZMID_")
LONGEST_WAIT_NS: Final = 1_000_000_000
ENDING_WAIT_NS: Final = 5_000_000
"""A process exits a moment after it closes its output."""
READ_BYTES: Final = 65_536

FINAL_EXIT_CODES: Final = (2, 3, 4, 5, 6, 8)
"""A child that exits with one of these has said why: it would do so again."""

Process = subprocess.Popen[bytes] | forked.ForkedChild

log = Log("zreplay")


class Child(msgspec.Struct):
    """One process of a run, in its current incarnation.

    Only one that `ends_itself` may exit with 0 before the others; any other is restarted, for a
    signal from elsewhere makes it exit with 0 too.
    """

    name: str
    module: str
    arguments: list[str]
    ends_itself: bool = False
    policy: RestartPolicy = msgspec.field(default_factory=RestartPolicy)
    process: Process | None = None
    start_at_ns: int | None = 0
    output: bytes = b""
    is_ending: bool = False
    is_asked_to_end: bool = False
    exit_code: int | None = None
    starts: int = 0
    reads_stdin: bool = False
    secrets: Mapping[str, str] = msgspec.field(default_factory=dict)
    begun: BegunChild | None = None

    def arguments_with(self, more: list[str]) -> list[str]:
        """Return the arguments, more options put before the files that follow `--`."""
        end = self.arguments.index("--") if "--" in self.arguments else len(self.arguments)
        head, files = self.arguments[:end], self.arguments[end:]
        return [*head, *more, *files]


class Supervisor:
    """Owns the children; `progress` is a count that grows with each commit.

    `options` come before the arguments of each of them, the first of which is a verb. Their
    stderr goes to `stderr_fd`, or where our own goes.
    """

    def __init__(
        self,
        progress: Callable[[], int],
        options: Sequence[str] = (),
        stderr_fd: int | None = None,
    ) -> None:
        self.children: list[Child] = []
        self.restarts = 0
        self._progress = progress
        self._options = options
        self._stderr_fd = stderr_fd
        self._forks = False
        self._is_ended = False
        self._read_fd, self._write_fd = os.pipe()

    def add(
        self,
        name: str,
        module: str,
        arguments: list[str],
        *,
        ends_itself: bool = False,
        reads_stdin: bool = False,
        secrets: Mapping[str, str] | None = None,
        begun: BegunChild | None = None,
    ) -> Child:
        """Add a child, to be started at the next `tend`.

        `secrets` are variables of its environment: its arguments can be read by anyone. One that
        was `begun` is the first that is started, where children are forked.
        """
        child = Child(name, module, arguments, ends_itself, reads_stdin=reads_stdin)
        child.secrets, child.begun = secrets or {}, begun
        self.children.append(child)
        return child

    def fork_with(self, modules: Collection[str]) -> None:
        """Import modules that children need; each is forked, where that is possible.

        One that was begun has them, and runs meanwhile.
        """
        self._forks = forked.is_possible()
        if self._forks:
            for child in self.children:
                if child.begun is not None:
                    self._start(child)
            forked.preload(modules)

    def tend(self, now_ns: int) -> None:
        """Start what is due, record what died.

        Raises:
            ChildFailed: a child cannot continue.
        """
        for child in self.children:
            if child.process is None:
                if child.start_at_ns is not None and now_ns >= child.start_at_ns:
                    self._start(child)
            elif child.process.poll() is not None:
                self._ended(child, child.process, now_ns)

    def wait(self, stop_fd: int | None, now_ns: int) -> None:
        """Wait until a child may have ended or is due to start, `stop_fd` is readable, or 1 s.

        A child's output ends with it, however it ends.
        """
        until_ns = now_ns + LONGEST_WAIT_NS
        children: dict[int, Child] = {}
        for child in self.children:
            if child.process is None:
                until_ns = min(until_ns, child.start_at_ns or until_ns)
            elif child.is_ending:
                until_ns = min(until_ns, now_ns + ENDING_WAIT_NS)
            elif child.process.stdout is not None:
                children[child.process.stdout.fileno()] = child
        stop_fds = [] if stop_fd is None else [stop_fd]
        seconds = max(0, until_ns - now_ns) / 1e9
        readable, _, _ = select.select([*children, *stop_fds], [], [], seconds)
        for fd in readable:
            if fd in children:
                data = os.read(fd, READ_BYTES)
                children[fd].output += data
                children[fd].is_ending = not data

    def let_end(self, child: Child, stop: StopSignal) -> None:
        """Wait until a child exits by itself, or a stop is asked for."""
        while child.process is not None and child.process.poll() is None and not stop.requested:
            self.wait(stop.fd, time.monotonic_ns())

    def has_ended(self, child: Child) -> bool:
        """Return whether a child exited by itself with 0."""
        return child.process is None and child.start_at_ns is None

    def terminate(self, child: Child) -> None:
        """Ask a child to end; one that dies instead is asked again once it is restarted."""
        child.is_asked_to_end = True
        if child.process is not None:
            child.process.terminate()

    def kill(self) -> None:
        """Kill every child, also a stopped one; for a process that itself exits at once."""
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(OSError):
                    child.process.kill()

    def end(self) -> None:
        """End every child: asked by the pipe and a signal, then by force."""
        if self._is_ended:
            return
        self._is_ended = True
        os.close(self._write_fd)
        give_up = time.monotonic() + END_SECONDS
        for child in self.children:
            if child.process is not None:
                self.terminate(child)
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, give_up - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            self._keep_output(child)
        os.close(self._read_fd)

    def _start(self, child: Child) -> None:
        package_root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (package_root, os.environ.get("PYTHONPATH"))))
        surroundings = {
            **without_discovery(_without_settings(os.environ)),
            "PYTHONPATH": path,
            **child.secrets,
        }
        if not child.starts and failpoint.VARIABLE in os.environ:
            surroundings[failpoint.VARIABLE] = os.environ[failpoint.VARIABLE]
        if child.starts:
            self.restarts += 1
            log.warning("child restarted", child=child.name, exit_code=child.exit_code)
        child.starts += 1
        child.output, child.is_ending = b"", False
        arguments = child.arguments_with(["--parent-fd", str(self._read_fd)])
        command = [child.module, *self._options, *arguments]
        begun, child.begun = child.begun, None
        is_forked = self._forks and not child.reads_stdin
        if begun is not None and not is_forked:
            begun.dismiss()
        if is_forked and child.starts == 1 and forked.is_possible():
            child.process = forked.ForkedChild(
                command,
                title=" ".join([child.module, *arguments]),
                stderr_fd=self._stderr_fd,
                pass_fds=(self._read_fd,),
                env=surroundings,
                begun=begun,
            )
        else:
            child.process = subprocess.Popen(
                # -P: a folder of the user's that is called `protocol` must not hide ours
                [sys.executable, "-P", "-m", *command],
                stdin=None if child.reads_stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._stderr_fd,
                pass_fds=(self._read_fd,),
                env=surroundings,
                start_new_session=True,
                # As early as in a fork: a stop can come while it imports, too.
                preexec_fn=begin_as_child,
            )
        if child.is_asked_to_end:
            child.process.terminate()
        child.start_at_ns = None

    def _ended(self, child: Child, process: Process, now_ns: int) -> None:
        code = process.returncode
        self._keep_output(child)
        child.process = None
        if code in (0, 1) and child.ends_itself:
            return
        if code in FINAL_EXIT_CODES:
            raise why_it_failed(child.name, child.output, code)
        start_at_ns = child.policy.died(self._progress(), now_ns)
        if start_at_ns is None:
            raise ChildFailed(
                f"the {child.name} died {child.policy.deaths} times and nothing was "
                f"committed in between; the last time {forked.manner_of(code)}",
                70,
                is_said=False,
            )
        if code in (0, 1):
            start_at_ns = max(start_at_ns, now_ns + WELL_ENDED_DELAY_NS)
        child.start_at_ns, child.exit_code = start_at_ns, code

    def _keep_output(self, child: Child) -> None:
        process = child.process
        if process is not None and process.stdout is not None:
            child.output += process.stdout.read()
            process.stdout.close()


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """A child gets everything as arguments: these variables are for programs that a user starts."""
    return {
        name: value
        for name, value in environment.items()
        if name not in SERVICE_VARIABLES
        and (not name.startswith(SETTING_PREFIXES) or name == compiled_parts.VARIABLE)
    }
