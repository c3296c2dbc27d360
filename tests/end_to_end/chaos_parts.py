"""The parts of a run, started by hand, as a target of chaos; workers join while it runs."""

import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.chaos import GOOD_ENDS, Chaos
from tests.end_to_end.processes import Parts

MAX_WORKERS = 4
JOIN_SHARE = 0.2


@dataclass(slots=True)
class Part:
    """One role in its present incarnation."""

    role: str
    start: Callable[[], "subprocess.Popen[str]"]
    process: "subprocess.Popen[str] | None" = None
    returns_at: float = 0.0
    is_stopped: bool = False


class PartsChaos(Chaos):
    """A replayer, a sink and two workers; one who strikes a part starts it again himself."""

    def __init__(self, these: Parts, source: Path, speed: str, seed: int) -> None:
        super().__init__(these.out, these.state, seed)
        self._these = these
        arguments = (source, "--speed", speed, "--exit-when-done", "--lock-wait", "5s")
        self._parts = {
            "replayer": Part("replayer", lambda: these.serve(*arguments)),
            "sink": Part("sink", lambda: these.sink("--lock-wait", "5s", *self.rotation)),
            "worker 1": Part("worker", self._worker),
            "worker 2": Part("worker", self._second_worker(seed)),
        }

    def _second_worker(self, seed: int) -> Callable[[], "subprocess.Popen[str]"]:
        """Every other schedule has one that drops, repeats, delays and reorders its results."""
        chaotic = self._these.chaos_worker
        return (lambda: chaotic(seed, *self.processor[1:2])) if seed % 4 >= 2 else self._worker

    def _worker(self) -> "subprocess.Popen[str]":
        return self._these.worker(*self.processor)

    def is_finished(self) -> bool:
        replayer = self._parts["replayer"].process
        self.outcome.exit_code = None if replayer is None else replayer.poll()
        return self.outcome.exit_code in GOOD_ENDS

    def victims(self) -> list[str]:
        if self.choices.random() < JOIN_SHARE and len(self._parts) < MAX_WORKERS + 2:
            self._parts[f"worker {len(self._parts) - 1}"] = Part("worker", self._worker)
        return [name for name, part in self._parts.items() if part.process and not part.is_stopped]

    def kill(self, name: str, returns_at: float) -> None:
        part = self._parts[name]
        assert part.process is not None
        part.process.send_signal(signal.SIGKILL)
        part.process.wait()
        part.process, part.returns_at = None, returns_at

    def stop(self, name: str, returns_at: float) -> None:
        part = self._parts[name]
        assert part.process is not None
        part.process.send_signal(signal.SIGSTOP)
        part.is_stopped, part.returns_at = True, returns_at

    def bring_back(self, now: float) -> None:
        for part in self._parts.values():
            if now < part.returns_at:
                continue
            if part.process is None:
                part.process = part.start()
                if part.returns_at:
                    self.is_back(part.role, now)
            elif part.is_stopped:
                part.process.send_signal(signal.SIGCONT)
                part.is_stopped = False
            elif code := part.process.poll():
                if part.role == "replayer" and code in GOOD_ENDS:
                    continue  # it has finished since it was last looked at
                raise AssertionError(f"seed {self.outcome.seed}: {part.role} ended with {code}")
