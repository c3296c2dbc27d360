"""`zreplay run` as a target of chaos: its children by pid, and the command itself.

A child that is killed is started again by `run`. `run` itself is started by the same command
again; so it is when it gave up on a child that died five times without a commit (exit code 70).
The time of a child to the next commit is taken from its death, for nobody tells of its start.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from tests.end_to_end.chaos import GOOD_ENDS, Chaos
from tests.end_to_end.processes import command, environment, until

PROC = Path("/proc")
ROLES = {" serve ": "replayer", " sink ": "sink", " worker ": "worker"}
GIVEN_UP = 70


class RunChaos(Chaos):
    """One folder; everything whose command line names it is of this run."""

    def __init__(self, folder: Path, source: Path, speed: str, seed: int) -> None:
        super().__init__(folder / "out", folder / "out", seed)
        self._folder = folder
        options = (
            source,
            "--speed",
            speed,
            "--out",
            folder / "out",
            *self.processor,
            *self.rotation,
        )
        self._command = command("zreplay", "run", *options)
        self._said = folder / "said"
        self._run: subprocess.Popen[bytes] | None = None
        self._run_returns_at = 0.0
        self._is_run_stopped = False
        self._stopped: dict[int, float] = {}

    def is_finished(self) -> bool:
        if self._run is None or self._run.poll() is None:
            return False
        code = self.outcome.exit_code = self._run.returncode
        if code == GIVEN_UP and b"Traceback" not in self._said.read_bytes():
            self.outcome.given_up += 1
            self._run = None
            return False
        if code not in GOOD_ENDS:
            said = self._said.read_text()
            raise AssertionError(f"seed {self.outcome.seed}: run ended with {code}: {said}")
        return True

    def victims(self) -> list[str]:
        here = [str(pid) for pid in self._children() if pid not in self._stopped]
        is_there = self._run is not None and not self._is_run_stopped
        return [*here, *(["run"] if is_there else [])]

    def kill(self, name: str, returns_at: float) -> None:
        if name == "run":
            assert self._run is not None
            self._run.kill()
            self._run.wait()
            self._run, self._run_returns_at = None, returns_at
            self._is_run_stopped = False
            return
        role = self._children().get(int(name))
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(name), signal.SIGKILL)
        if role is not None:
            self.is_back(f"run's {role}", time.monotonic())

    def stop(self, name: str, returns_at: float) -> None:
        if name == "run":
            assert self._run is not None
            self._run.send_signal(signal.SIGSTOP)
            self._is_run_stopped, self._run_returns_at = True, returns_at
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(name), signal.SIGSTOP)
            self._stopped[int(name)] = returns_at

    def bring_back(self, now: float) -> None:
        for pid in [pid for pid, at in self._stopped.items() if now >= at]:
            del self._stopped[pid]
            if pid in self._children():
                os.kill(pid, signal.SIGCONT)
        if now < self._run_returns_at:
            return
        if self._run is None:
            with self._said.open("wb") as said:
                self._run = subprocess.Popen(
                    self._command,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    env=environment(TMPDIR=str(self._folder)),
                )
            if self._run_returns_at:
                self.is_back("run", now)
        elif self._is_run_stopped:
            self._run.send_signal(signal.SIGCONT)
            self._is_run_stopped = False

    def count_strays(self) -> int:
        """Return how many processes of the run outlive it, and end them."""
        with contextlib.suppress(AssertionError):
            until(lambda: not self._children(), "every process of the run to end")
        strays = [*self._children()]
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
        self.outcome.strays = len(strays)
        return len(strays)

    def end(self) -> None:
        """Leave nothing behind, however it went."""
        if self._run is not None and self._run.poll() is None:
            self._run.kill()
            self._run.wait()
        self.count_strays()

    def _children(self) -> dict[int, str]:
        return children_in(self._folder)


def children_in(folder: Path) -> dict[int, str]:
    """Return the roles of the processes of this folder, by pid."""
    found = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            role = next((role for word, role in ROLES.items() if word in words), None)
            if role is not None and str(folder) in words:
                found[int(entry.name)] = role
    return found
