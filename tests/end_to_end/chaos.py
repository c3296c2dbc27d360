"""Real processes under a seeded schedule of kills, stops and restarts.

What is struck is a target (chaos_parts.py, chaos_run.py); this file says when, how and what for,
and how it ended. At the end both logs must be the reference's, byte for byte, and rejected.log
lists each row that is no quote once.
"""

import contextlib
import random
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import zreplay
from protocol.committed_log import open_committed
from protocol.errors import EXIT_DONE, EXIT_ROWS_REJECTED
from tests.end_to_end.processes import LOOK_SECONDS, PATIENCE_SECONDS, logs
from tests.listed import PATH, listed, wrong
from tests.reference import Logs
from tests.segments import joined, segment_paths

MAX_AWAY_SECONDS = 1.0
KILL_SHARE = 0.7
PROCESSOR_EVERY = 5
NAMED = ("--processor", f"{PATH}:{listed.name}")
CHECKED = ("--table", "--check-processor", "30")
ROTATIONS = ((), ("--rotate", "30KB"), ("--rotate", "6KB", "--compress", "zst"))
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
    wrong_output: str = ""
    recovery_seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        has_right_files = self.is_identical and not self.wrong_output
        return has_right_files and self.has_right_end and not self.strays


class Chaos(ABC):
    """One schedule over one run of a file."""

    def __init__(self, out: Path, state: Path, seed: int) -> None:
        self.choices = random.Random(seed)
        self.outcome = Outcome(seed)
        # Most schedules have a processor with outputs of its own.
        is_first = seed % PROCESSOR_EVERY == 0
        self.processor = [] if is_first else [*NAMED, *CHECKED]
        self.rotation = ROTATIONS[seed % len(ROTATIONS)]
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

    def judge(self, expected: Logs, listing: bytes) -> Outcome:
        """Compare what was written with the reference's bytes and its count of refused rows.

        Of a processor, with the `listing` that it must have written.
        """
        if self.processor:
            with open_committed(self._out, "outputs/quotes.arrows") as table:
                rows = table.read()
            self.outcome.wrong_output = wrong(
                listing, joined(self._out, "outputs/quotes.csv"), rows
            )
            self.outcome.wrong_output = self.outcome.wrong_output or self._wrong_table(expected)
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

    def _wrong_table(self, expected: Logs) -> str:
        """Return what is wrong with mids.arrows, whose numbers are those of the log."""
        mids = zreplay.results(self._out).read_all()["mid"].drop_null()
        logged = [float(line.partition(b", ")[2]) for line in expected.mids.splitlines()]
        return "" if logged == mids.to_pylist() else "other rows in mids.arrows"

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
            with contextlib.suppress(FileNotFoundError):  # it is being closed
                total += path.stat().st_size
            with contextlib.suppress(FileNotFoundError):  # one that is compressed meanwhile
                total += sum(path.stat().st_size for path in segment_paths(self._out, name))
        return total
