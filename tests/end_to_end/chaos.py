"""Real processes under a seeded schedule of kills, stops and restarts.

The parts run by hand; a schedule picks victims, SIGKILL or SIGSTOP, and how long each stays
away. Workers join and leave. At the end both logs must be the reference's, byte for byte.
"""

import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.processes import LOOK_SECONDS, PATIENCE_SECONDS, Parts

MAX_AWAY_SECONDS = 1.0
MAX_WORKERS = 4


@dataclass(slots=True)
class Outcome:
    """What a schedule did, and how long each role took from its return to the next commit."""

    seed: int
    kills: int = 0
    stops: int = 0
    is_identical: bool = False
    lines_lost: int = 0
    lines_twice: int = 0
    recovery_seconds: dict[str, list[float]] = field(default_factory=dict)


@dataclass(slots=True)
class Role:
    name: str
    start: Callable[[], "subprocess.Popen[str]"]
    process: "subprocess.Popen[str] | None" = None
    returns_at: float = 0.0
    is_stopped: bool = False


class Chaos:
    """One schedule over one run of a file."""

    def __init__(self, these: Parts, source: Path, speed: str, seed: int) -> None:
        self._choices = random.Random(seed)
        self._parts = these
        self.outcome = Outcome(seed)
        arguments = (source, "--speed", speed, "--exit-when-done", "--lock-wait", "5s")
        self._roles = [
            Role("replayer", lambda: these.serve(*arguments)),
            Role("sink", lambda: these.sink("--lock-wait", "5s")),
            Role("worker", these.worker),
            Role("worker", self._second_worker(seed)),
        ]
        self._waiting_for_commit: list[tuple[str, float, int]] = []

    def _second_worker(self, seed: int) -> Callable[[], "subprocess.Popen[str]"]:
        """Every other schedule has one that drops, repeats, delays and reorders its results."""
        return (lambda: self._parts.chaos_worker(seed)) if seed % 4 >= 2 else self._parts.worker

    def run(self, mean_pause_seconds: float, max_faults: int) -> Outcome:
        """Let the run meet its faults, then let it finish."""
        give_up = time.monotonic() + PATIENCE_SECONDS * 4
        next_fault = time.monotonic() + self._choices.random()
        while not self._is_finished():
            now = time.monotonic()
            if now > give_up:
                raise AssertionError(f"seed {self.outcome.seed}: the run does not finish")
            self._bring_back(now)
            self._note_commits(now)
            if now >= next_fault and self.outcome.kills + self.outcome.stops < max_faults:
                self._strike(now)
                next_fault = now + self._choices.expovariate(1 / mean_pause_seconds)
            time.sleep(LOOK_SECONDS)
        return self.outcome

    def judge(self, mids: bytes, errors: bytes) -> Outcome:
        """Compare both logs with the reference's bytes."""
        written = self._parts.logs()
        self.outcome.is_identical = written == (mids, errors)
        for expected, actual in zip((mids, errors), written, strict=True):
            counts: dict[bytes, int] = {}
            for line in expected.splitlines():
                counts[line] = counts.get(line, 0) + 1
            for line in actual.splitlines():
                counts[line] = counts.get(line, 0) - 1
            self.outcome.lines_lost += sum(count for count in counts.values() if count > 0)
            self.outcome.lines_twice -= sum(count for count in counts.values() if count < 0)
        return self.outcome

    def _is_finished(self) -> bool:
        replayer = self._roles[0].process
        return replayer is not None and replayer.poll() == 0

    def _strike(self, now: float) -> None:
        victims = [role for role in self._roles if role.process and not role.is_stopped]
        if not victims:
            return
        share = self._choices.choice((1, 1, 1, 2, len(victims)))
        for role in self._choices.sample(victims, min(share, len(victims))):
            assert role.process is not None
            role.returns_at = now + self._choices.choice((0, self._choices.random()))
            if self._choices.random() < 0.7:
                role.process.send_signal(signal.SIGKILL)
                role.process.wait()
                role.process = None
                self.outcome.kills += 1
            else:
                role.process.send_signal(signal.SIGSTOP)
                role.is_stopped = True
                self.outcome.stops += 1
        if self._choices.random() < 0.2 and len(self._roles) < MAX_WORKERS + 2:
            self._roles.append(Role("worker", self._parts.worker))

    def _bring_back(self, now: float) -> None:
        for role in self._roles:
            if now < role.returns_at:
                continue
            if role.process is None:
                role.process = role.start()
                if role.returns_at:
                    self._waiting_for_commit.append((role.name, now, self._committed()))
            elif role.is_stopped:
                role.process.send_signal(signal.SIGCONT)
                role.is_stopped = False
            elif role.process.poll() is not None and role.process.returncode != 0:
                code = role.process.returncode
                raise AssertionError(f"seed {self.outcome.seed}: {role.name} ended with {code}")

    def _note_commits(self, now: float) -> None:
        committed = self._committed()
        still = []
        for name, since, then in self._waiting_for_commit:
            if committed > then:
                self.outcome.recovery_seconds.setdefault(name, []).append(now - since)
            else:
                still.append((name, since, then))
        self._waiting_for_commit = still

    def _committed(self) -> int:
        total = 0
        for name in ("mid_prices.log", "errors.log"):
            path = self._parts.out / name
            total += path.stat().st_size if path.exists() else 0
        return total
