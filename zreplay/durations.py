"""How late quotes left, how long until they were committed: a histogram of log-spaced buckets.

In: nanoseconds; out: quantiles, and counts below given bounds.

A bucket is an eighth of an octave wide, so a quantile is right within 9 %.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from zreplay.block import Float64s, Int64s

BUCKETS_PER_OCTAVE: Final = 8
BUCKET_COUNT: Final = 40 * BUCKETS_PER_OCTAVE
MILLISECOND_NS: Final = 1_000_000
GROUPS_AT_ONCE: Final = 128
"""To count one quote costs as much as to count a thousand."""
FEW_AT_ONCE: Final = 1024


class DurationHistogram:
    """Counts of quotes by a duration; it never grows.

    What was recorded is counted once so many groups, or FEW_AT_ONCE of the quotes that came in
    lists, wait; or when somebody asks.
    """

    def __init__(self) -> None:
        self._max_ns = 0
        self._over_1ms = 0
        self._count = 0
        self._sum_ns = 0
        self._uncounted: list[Float64s] = []
        self._few: list[float] = []
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
        """Count quotes by how long each took; less than nothing (early) counts as nothing."""
        if isinstance(durations_ns, list):
            self._few += durations_ns
        else:
            self._uncounted.append(durations_ns)
        if len(self._few) >= FEW_AT_ONCE or len(self._uncounted) >= GROUPS_AT_ONCE:
            self._count_all()

    def _count_all(self) -> None:
        if self._few:
            self._uncounted.append(np.array(self._few))
            self._few.clear()
        if not self._uncounted:
            return
        late = np.maximum(np.concatenate(self._uncounted), 1.0)
        self._uncounted.clear()
        buckets = np.minimum(
            (np.log2(late) * BUCKETS_PER_OCTAVE).astype(np.int64), BUCKET_COUNT - 1
        )
        self._counts += np.bincount(buckets, minlength=BUCKET_COUNT)
        self._count += len(late)
        self._sum_ns += int(late.sum())
        self._max_ns = max(self._max_ns, int(late.max()))
        self._over_1ms += int(np.count_nonzero(late > MILLISECOND_NS))

    def add(self, duration_ns: int, count: int) -> None:
        """Count as many quotes that all took the same time."""
        took_ns = max(1, duration_ns)
        bucket = min(int(math.log2(took_ns) * BUCKETS_PER_OCTAVE), BUCKET_COUNT - 1)
        self._counts[bucket] += count
        self._count += count
        self._sum_ns += took_ns * count
        self._max_ns = max(self._max_ns, took_ns)
        self._over_1ms += count if took_ns > MILLISECOND_NS else 0

    def counts_up_to(self, bounds_ns: Sequence[int]) -> list[int]:
        """Return how many took at most each of the bounds, which rise; right within a bucket."""
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
