"""Results in any order -> results in record order. Values in, values out.

Rule 1: a result counts only in the epoch that was committed last; within an epoch the bytes
        of a batch never change, so of two results for one place either will do.
Rule 2: duplicates are judged against what was taken, not against what is committed: a
        commit may be under way.
Rule 3: what waits is bounded by the window in quotes and by `max_bytes`; the batch that is
        missing next is always accepted, so a full map cannot deadlock.
Rule 4: the results of a batch that has several are taken together: the cursor that they carry
        is that of the whole batch.
"""

from enum import Enum
from typing import Final

from protocol.messages import MAX_HELD_RANGES, WINDOW_QUOTES, Result

MAX_HELD_BYTES: Final = 64 * 1024 * 1024


class Verdict(Enum):
    """What became of a result; all but HELD are dropped and counted."""

    HELD = "held"
    DUPLICATE = "duplicate"
    STALE = "of an older epoch or another run"
    BEYOND = "beyond the window"


class Resequencer:
    """Results that wait for those before them."""

    def __init__(self, window_quotes: int = WINDOW_QUOTES, max_bytes: int = MAX_HELD_BYTES) -> None:
        self.next = 0
        self.held_bytes = 0
        self._run = b""
        self._epoch = 0
        self._window_quotes = window_quotes
        self._max_bytes = max_bytes
        self._held: dict[int, Result] = {}

    def begin_epoch(self, run: bytes, epoch: int, next_record: int) -> None:
        """Forget what is waiting; from now on only results of this epoch count."""
        self._run, self._epoch, self.next = run, epoch, next_record
        self._held.clear()
        self.held_bytes = 0

    def accept(self, result: Result) -> Verdict:
        """Hold a result until its turn, or return why not."""
        if result.run != self._run or result.epoch != self._epoch or not self._epoch:
            return Verdict.STALE
        if result.first < self.next or result.first in self._held:
            return Verdict.DUPLICATE
        size = _held_bytes(result)
        is_next = result.first - result.before == self.next
        if result.first + result.count > self.next + self._window_quotes and not is_next:
            return Verdict.BEYOND
        if self.held_bytes + size > self._max_bytes and not is_next:
            return Verdict.BEYOND
        self._held[result.first] = result
        self.held_bytes += size
        return Verdict.HELD

    @property
    def waiting(self) -> int:
        """Count the results whose turn has not come."""
        return len(self._held)

    @property
    def has_next(self) -> bool:
        """Return whether a batch waits whose turn has come."""
        return bool(self._next_batch())

    def take(self, max_bytes: int) -> list[Result]:
        """Return the results whose turn has come, until about `max_bytes` of text."""
        taken: list[Result] = []
        size = 0
        while size < max_bytes and (batch := self._next_batch()):
            taken += batch
            for result in batch:
                del self._held[result.first]
                size += _output_bytes(result)
                self.held_bytes -= _held_bytes(result)
            self.next += sum(result.count for result in batch)
        return taken

    def _next_batch(self) -> list[Result]:
        """Return all results of the batch whose turn it is, [] if one of them is missing."""
        batch: list[Result] = []
        place = self.next
        while (result := self._held.get(place)) is not None:
            batch.append(result)
            if not result.after:
                return batch
            place += result.count
        return []

    def held_ranges(self) -> tuple[tuple[int, int], ...]:
        """Return (first, count) of what is waiting, the lowest first, merged where adjacent."""
        ranges: list[tuple[int, int]] = []
        for first in sorted(self._held):
            count = self._held[first].count
            end = sum(ranges[-1]) if ranges else self.next
            if first < end:  # only one of the two can be a batch of this run: it stands
                self.held_bytes -= _held_bytes(self._held.pop(first))
            elif ranges and end == first:
                ranges[-1] = (ranges[-1][0], ranges[-1][1] + count)
            elif len(ranges) == MAX_HELD_RANGES:
                break
            else:
                ranges.append((first, count))
        return tuple(ranges)


def _held_bytes(result: Result) -> int:
    return _output_bytes(result) + len(result.cursor)


def _output_bytes(result: Result) -> int:
    return len(result.mids) + len(result.errors) + sum(map(len, result.outputs))
