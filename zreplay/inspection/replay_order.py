"""Quotes in replay order -> span, rate, ties and exact repeats.

A block holds all the quotes that arrive at its last time: the next one arrives later. So
nothing is held between two blocks but the second and the millisecond that may continue.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from zreplay.inspection.repeats import repeats_in
from zreplay.inspection.report import Peak, Rate, Ties, TimeSpan
from zreplay.quotes.block import Block, Int64s

Bools = npt.NDArray[np.bool_]

_SECOND_NS: Final = 1_000_000_000
_MILLISECOND_NS: Final = 1_000_000


class ReplayOrder:
    """Counts quotes that come in order of arrival."""

    def __init__(self) -> None:
        self.rows = 0
        self.repeats = 0
        self._first_ns = 0
        self._last_ns = 0
        self._longest_gap_ns = 0
        self._tied = 0
        self._largest_tie = 1
        self._second = _Peak(_SECOND_NS)
        self._millisecond = _Peak(_MILLISECOND_NS)

    def add(self, block: Block) -> None:
        """Count the next quotes, at least one."""
        arrival_ns = block.arrival_ns
        if not self.rows:
            self._first_ns = self._last_ns = int(arrival_ns[0])
        # As unsigned integers, as a span may be longer than 63 bits.
        times = np.concatenate(([self._last_ns], arrival_ns)).view(np.uint64)
        gaps_ns = times[1:] - times[:-1]
        self._longest_gap_ns = max(self._longest_gap_ns, int(gaps_ns.max()))
        self._last_ns = int(arrival_ns[-1])
        self.rows += len(block)
        self._count_ties(block, gaps_ns == 0)
        self._count_rate(arrival_ns)

    def _count_ties(self, block: Block, is_as_before: Bools) -> None:
        is_as_before[0] = False  # the block before ended with a whole tie
        if not is_as_before.any():
            return
        starts = np.flatnonzero(~is_as_before)
        sizes = np.diff(starts, append=len(block))
        self._tied += int(sizes[sizes > 1].sum())
        self._largest_tie = max(self._largest_tie, int(sizes.max()))
        is_tied = np.repeat(sizes > 1, sizes)
        self.repeats += repeats_in(block.take(np.flatnonzero(is_tied)))

    def _count_rate(self, arrival_ns: Int64s) -> None:
        milliseconds, counts = _runs(arrival_ns // _MILLISECOND_NS, None)
        self._millisecond.add(milliseconds, counts)
        self._second.add(*_runs(milliseconds // 1000, counts))

    @property
    def arrivals(self) -> TimeSpan | None:
        return TimeSpan(self._first_ns, self._last_ns) if self.rows else None

    @property
    def rate(self) -> Rate | None:
        if not self.rows:
            return None
        span_ns = self._last_ns - self._first_ns
        return Rate(
            mean_per_second=self.rows * _SECOND_NS / span_ns if span_ns else float(self.rows),
            peak_second=self._second.most,
            peak_millisecond=self._millisecond.most,
            longest_gap_ns=self._longest_gap_ns,
        )

    @property
    def ties(self) -> Ties:
        return Ties(self._tied, self._largest_tie if self.rows else 0)


class _Peak:
    """The stretch with the most quotes; the last one may continue in the next block."""

    def __init__(self, stretch_ns: int) -> None:
        self._stretch_ns = stretch_ns
        self._last = 0
        self._last_count = 0
        self.most = Peak(0, 0)

    def add(self, numbers: Int64s, counts: Int64s) -> None:
        """Take how many quotes each stretch has; the numbers ascend."""
        counts = counts.copy()
        if self._last_count and numbers[0] == self._last:
            counts[0] += self._last_count
        self._last, self._last_count = int(numbers[-1]), int(counts[-1])
        index = int(counts.argmax())
        if counts[index] > self.most.quotes:
            self.most = Peak(int(counts[index]), int(numbers[index]) * self._stretch_ns)


def _runs(numbers: Int64s, weights: Int64s | None) -> tuple[Int64s, Int64s]:
    """Return each of some ascending numbers once, and how many there are, or weigh, of it."""
    starts = np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1]))
    if weights is None:
        return numbers[starts], np.diff(starts, append=len(numbers))
    return numbers[starts], np.add.reduceat(weights, starts)
