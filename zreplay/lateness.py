"""How late quotes left, as a histogram of log-spaced buckets. In: nanoseconds; out: quantiles.

A bucket is an eighth of an octave wide, so a quantile is right within 9 %.
"""

from typing import Final

import numpy as np

from zreplay.block import Float64s, Int64s

BUCKETS_PER_OCTAVE: Final = 8
BUCKET_COUNT: Final = 40 * BUCKETS_PER_OCTAVE
MILLISECOND_NS: Final = 1_000_000


class LatenessHistogram:
    """Counts of quotes by lateness; it never grows."""

    def __init__(self) -> None:
        self.max_ns = 0
        self.over_1ms = 0
        self.count = 0
        self._counts: Int64s = np.zeros(BUCKET_COUNT, dtype=np.int64)

    def record(self, lateness_ns: Float64s) -> None:
        """Count quotes by how long after their due time they left; early counts as 0."""
        late = np.maximum(lateness_ns, 1.0)
        buckets = np.minimum(
            (np.log2(late) * BUCKETS_PER_OCTAVE).astype(np.int64), BUCKET_COUNT - 1
        )
        self._counts += np.bincount(buckets, minlength=BUCKET_COUNT)
        self.count += len(late)
        self.max_ns = max(self.max_ns, int(late.max()))
        self.over_1ms += int(np.count_nonzero(late > MILLISECOND_NS))

    def quantile_ns(self, share: float) -> int:
        """Return the lateness that `share` of the quotes do not exceed; 0 if none left."""
        if not self.count:
            return 0
        passed = np.searchsorted(np.cumsum(self._counts), share * self.count)
        return min(self.max_ns, int(2 ** ((float(passed) + 1) / BUCKETS_PER_OCTAVE)))

    def summary_ns(self) -> dict[str, int]:
        return {
            "p50": self.quantile_ns(0.5),
            "p99": self.quantile_ns(0.99),
            "max": self.max_ns,
        }
