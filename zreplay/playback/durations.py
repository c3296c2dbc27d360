"""How late quotes left, how long until they were committed: a histogram of log-spaced buckets.

In: nanoseconds; out: quantiles, and counts below given bounds.

A bucket is an eighth of an octave wide, so a quantile is right within 9 %.
Not hdrhistogram: that counts one value at a time (scripts/bench --libraries).
"""

from collections.abc import Sequence
from threading import Lock
from typing import Final

import numpy as np

from zreplay.quotes.block import Float64s, Int64s

BUCKETS_PER_OCTAVE: Final = 8
BUCKET_COUNT: Final = 40 * BUCKETS_PER_OCTAVE
MILLISECOND_NS: Final = 1_000_000
GROUPS_AT_ONCE: Final = 128
"""To count one quote costs as much as to count a thousand."""
FEW_AT_ONCE: Final = 1024


class DurationHistogram:
    """Counts of quotes by a duration; it never grows.

    Records are counted once GROUPS_AT_ONCE arrays or FEW_AT_ONCE other durations wait, or when
    somebody asks, from any thread.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._max_ns = 0
        self._over_1ms = 0
        self._count = 0
        self._sum_ns = 0
        self._uncounted: list[Float64s] = []
        self._few: list[float] = []
        self._few_counts: list[int] = []
        self._counts: Int64s = np.zeros(BUCKET_COUNT, dtype=np.int64)

    @property
    def max_ns(self) -> int:
        self._count_all()
        return self._max_ns

    @property
    def over_1ms(self) -> int:
        self._count_all()
        return self._over_1ms

    @property
    def count(self) -> int:
        self._count_all()
        return self._count

    @property
    def sum_ns(self) -> int:
        self._count_all()
        return self._sum_ns

    def record(self, durations_ns: Float64s | list[float]) -> None:
        """Count quotes by how long each took; a negative time (early) counts as 0."""
        with self._lock:
            if isinstance(durations_ns, list):
                self._few += durations_ns
                self._few_counts += [1] * len(durations_ns)
            else:
                self._uncounted.append(durations_ns)
        if len(self._few) >= FEW_AT_ONCE or len(self._uncounted) >= GROUPS_AT_ONCE:
            self._count_all()

    def add(self, duration_ns: int, count: int) -> None:
        """Count `count` quotes that took the same time."""
        with self._lock:
            self._few.append(duration_ns)
            self._few_counts.append(count)
        if len(self._few) >= FEW_AT_ONCE:
            self._count_all()

    def _count_all(self) -> None:
        with self._lock:
            if self._uncounted:
                durations_ns = np.concatenate(self._uncounted)
                self._uncounted.clear()
                self._tally(durations_ns, np.ones(len(durations_ns), np.int64))
            if self._few:
                few = np.array(self._few, np.float64), np.array(self._few_counts, np.int64)
                self._few.clear()
                self._few_counts.clear()
                self._tally(*few)

    def _tally(self, durations_ns: Float64s, counts: Int64s) -> None:
        late = np.maximum(durations_ns, 1.0)
        buckets = np.minimum(
            (np.log2(late) * BUCKETS_PER_OCTAVE).astype(np.int64), BUCKET_COUNT - 1
        )
        self._counts += np.bincount(buckets, counts, BUCKET_COUNT).astype(np.int64)
        self._count += int(counts.sum())
        self._sum_ns += int((late * counts).sum())
        self._max_ns = max(self._max_ns, int(late.max()))
        self._over_1ms += int(counts[late > MILLISECOND_NS].sum())

    def counts_up_to(self, bounds_ns: Sequence[int]) -> list[int]:
        """Return how many took at most each of the rising bounds; right within a bucket."""
        self._count_all()
        ends = (np.log2(bounds_ns) * BUCKETS_PER_OCTAVE).astype(np.int64).clip(0, BUCKET_COUNT)
        before = np.concatenate(([0], np.cumsum(self._counts)))
        return [int(count) for count in before[ends]]

    def quantile_ns(self, share: float) -> int:
        """Return the time that `share` of the quotes do not exceed; 0 if none left."""
        if not self.count:
            return 0
        passed = np.searchsorted(np.cumsum(self._counts), share * self.count)
        return min(self.max_ns, int(2 ** ((float(passed) + 1) / BUCKETS_PER_OCTAVE)))

    @property
    def share_over_1ms(self) -> float:
        """The share of the quotes that took more than 1 ms, 0 to 1."""
        return self.over_1ms / self.count if self.count else 0.0

    def summary_ns(self) -> dict[str, int]:
        return {
            "p50": self.quantile_ns(0.5),
            "p99": self.quantile_ns(0.99),
            "max": self.max_ns,
        }
