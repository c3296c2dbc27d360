"""Real processes under a seeded schedule of kills, stops and restarts.

What is struck is a target (chaos_parts.py, chaos_run.py); this file says when, how and what for,
and how it ended. At the end both logs must be the reference's, byte for byte, and rejected.log
lists each row that is no quote once.
"""

import random
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

from protocol.errors import EXIT_DONE, EXIT_ROWS_REJECTED
from tests.end_to_end.processes import LOOK_SECONDS, PATIENCE_SECONDS, logs
from tests.reference import Logs

MAX_AWAY_SECONDS = 1.0
KILL_SHARE = 0.7
GOOD_ENDS = (EXIT_DONE, EXIT_ROWS_REJECTED)


@dataclass(slots=True)
class Outcome:
    """What a schedule did, and how long each role took from its return to the next commit."""

    seed: int
    kills: int = 0
    stops: int = 0
    given_up: int = 0
    exit_code: int | None = None
    is_identical: bool = False
    has_right_end: bool = False
    strays: int = 0
    lines_lost: int = 0
    lines_twice: int = 0
    recovery_seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return self.is_identical and self.has_right_end and not self.strays


class Chaos(ABC):
    """One schedule over one run of a file."""

    def __init__(self, out: Path, state: Path, seed: int) -> None:
        self.choices = random.Random(seed)
        self.outcome = Outcome(seed)
        self._out = out
        self._rejected_log = state / "rejected.log"
        self._waiting_for_commit: list[tuple[str, float, int]] = []

    @abstractmethod
    def victims(self) -> list[str]:
        """Return the names of what may be struck now."""

    @abstractmethod
    def kill(self, name: str, returns_at: float) -> None:
        """Send SIGKILL; the victim is back at that instant."""

    @abstractmethod
    def stop(self, name: str, returns_at: float) -> None:
        """Send SIGSTOP, and SIGCONT at that instant."""

    @abstractmethod
    def bring_back(self, now: float) -> None:
        """Start or wake what was away for long enough."""

    @abstractmethod
    def is_finished(self) -> bool:
        """Return whether the run came to its good end."""

    def run(self, mean_pause_seconds: float, max_faults: int) -> Outcome:
        """Let the run meet its faults, then let it finish."""
        give_up = time.monotonic() + PATIENCE_SECONDS * 6
        next_fault = time.monotonic() + self.choices.random()
        while not self.is_finished():
            now = time.monotonic()
            if now > give_up:
                raise AssertionError(f"seed {self.outcome.seed}: the run does not finish")
            self.bring_back(now)
            self._note_commits(now)
            if now >= next_fault and self.outcome.kills + self.outcome.stops < max_faults:
                self._strike(now)
                next_fault = now + self.choices.expovariate(1 / mean_pause_seconds)
            time.sleep(LOOK_SECONDS)
        return self.outcome

    def judge(self, expected: Logs) -> Outcome:
        """Compare what was written with the reference's bytes and its count of refused rows."""
        written = logs(self._out)
        rejected = self._rejected_log.read_bytes().splitlines() if expected.rejected else []
        # Whoever is started again when all is done has nothing to say of rows.
        right_codes = GOOD_ENDS if expected.rejected else (EXIT_DONE,)
        self.outcome.has_right_end = (
            self.outcome.exit_code in right_codes
            and expected.rejected == len(rejected) == len(set(rejected))
        )
        self.outcome.is_identical = written == (expected.mids, expected.errors)
        if self.outcome.is_identical:
            return self.outcome
        for right, actual in zip((expected.mids, expected.errors), written, strict=True):
            counts: dict[bytes, int] = {}
            for line in right.splitlines():
                counts[line] = counts.get(line, 0) + 1
            for line in actual.splitlines():
                counts[line] = counts.get(line, 0) - 1
            self.outcome.lines_lost += sum(count for count in counts.values() if count > 0)
            self.outcome.lines_twice -= sum(count for count in counts.values() if count < 0)
        return self.outcome

    def is_back(self, role: str, now: float) -> None:
        """Take the time of this role from now to the next commit."""
        self._waiting_for_commit.append((role, now, self._committed()))

    def _strike(self, now: float) -> None:
        """Hit one, sometimes two, sometimes all."""
        victims = self.victims()
        if not victims:
            return
        share = self.choices.choice((1, 1, 1, 2, len(victims)))
        for name in self.choices.sample(victims, min(share, len(victims))):
            away = self.choices.choice((0, MAX_AWAY_SECONDS * self.choices.random()))
            if self.choices.random() < KILL_SHARE:
                self.kill(name, now + away)
                self.outcome.kills += 1
            else:
                self.stop(name, now + away)
                self.outcome.stops += 1

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
            path = self._out / name
            total += path.stat().st_size if path.exists() else 0
        return total
