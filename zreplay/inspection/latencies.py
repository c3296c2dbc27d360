"""Latencies -> percentiles and a histogram, from counters that never grow.

A fine bucket is a 1024th of an octave of nanoseconds wide: a percentile is the middle of its
bucket. The bins of the histogram, and the rows over the threshold, are counted separately.
"""

from typing import Final

import numpy as np

from zreplay.inspection.report import Latency, LatencyBin
from zreplay.quotes.block import Block, Float64s, Int64s

PERCENTILES: Final = (1, 50, 90, 99)
BIN_EDGES_MS: Final = (
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0),
    *(1_000.0, 2_000.0, 5_000.0, 10_000.0),
)
_NS_PER_MS: Final = 1_000_000
# Whole nanoseconds: the first bin is what is below zero.
_EDGES_NS: Final = np.array([-1, *(round(edge * _NS_PER_MS) for edge in BIN_EDGES_MS)])

_STEPS_PER_OCTAVE_BITS: Final = 10
_MANTISSA_BITS: Final = 52
_SHIFT: Final = _MANTISSA_BITS - _STEPS_PER_OCTAVE_BITS
_KEY_OF_ONE: Final = 1023 << _STEPS_PER_OCTAVE_BITS
_BUCKETS_PER_SIGN: Final = 64 << _STEPS_PER_OCTAVE_BITS


class Latencies:
    """Counts rows by how long they took from the exchange to the recorder."""

    def __init__(self, threshold_ms: float) -> None:
        self._threshold_ms = threshold_ms
        self._over_threshold = 0
        self._min_ns: int | None = None
        self._max_ns: int | None = None
        # Those from the first to the last that was used: of each of many files there are some.
        self._first_bucket = 0
        self._buckets: Int64s = np.zeros(0, dtype=np.int64)
        self._bins: Int64s = np.zeros(len(_EDGES_NS) + 1, dtype=np.int64)

    def add(self, block: Block) -> None:
        """Count some rows, at least one."""
        latency_ns = block.arrival_ns - block.timestamp_ns
        least, most = int(latency_ns.min()), int(latency_ns.max())
        self._min_ns = least if self._min_ns is None else min(least, self._min_ns)
        self._max_ns = most if self._max_ns is None else max(most, self._max_ns)
        self._over_threshold += int(np.count_nonzero(block.latency_ms > self._threshold_ms))
        buckets = _buckets_of(latency_ns)
        self._make_room(int(buckets.min()), int(buckets.max()))
        counts = np.bincount(buckets - self._first_bucket, minlength=len(self._buckets))
        self._buckets += counts
        bins = np.searchsorted(_EDGES_NS, latency_ns)  # an edge belongs to the bin below it
        self._bins += np.bincount(bins, minlength=len(self._bins))

    def report(self) -> Latency | None:
        """Return what was counted, None without a row."""
        if self._min_ns is None or self._max_ns is None:
            return None
        passed = np.cumsum(self._buckets)
        percentiles = {
            f"p{percent}": self._percentile_ms(percent, passed) for percent in PERCENTILES
        }
        edges_ms = [None, 0.0, *BIN_EDGES_MS, None]
        return Latency(
            min_ms=self._min_ns / _NS_PER_MS,
            max_ms=self._max_ns / _NS_PER_MS,
            negative=int(self._bins[0]),
            over_threshold=self._over_threshold,
            percentiles_ms=percentiles,
            histogram=[
                LatencyBin(low, high, rows)
                for low, high, rows in zip(
                    edges_ms, edges_ms[1:], self._bins.tolist(), strict=False
                )
            ],
        )

    def _make_room(self, first: int, last: int) -> None:
        if not len(self._buckets):
            self._first_bucket, end = first, last + 1
        else:
            end = max(last + 1, self._first_bucket + len(self._buckets))
        before = max(0, self._first_bucket - first)
        self._first_bucket -= before
        after = end - self._first_bucket - before - len(self._buckets)
        if before or after:
            self._buckets = np.pad(self._buckets, (before, after))

    def _percentile_ms(self, percent: int, passed: Int64s) -> float:
        """Return the latency that this percentage of the rows does not exceed."""
        assert self._min_ns is not None and self._max_ns is not None
        rank = -(-int(passed[-1]) * percent // 100)
        middle_ns = _middle_ns(self._first_bucket + int(np.searchsorted(passed, rank)))
        return min(max(middle_ns, self._min_ns), self._max_ns) / _NS_PER_MS


def _buckets_of(latency_ns: Int64s) -> Int64s:
    """Return the bucket of each latency: the first bits of a float are its logarithm."""
    size: Float64s = np.maximum(np.abs(latency_ns.astype(np.float64)), 1.0)
    keys: Int64s = (size.view(np.int64) >> _SHIFT) - _KEY_OF_ONE
    return np.where(latency_ns < 0, _BUCKETS_PER_SIGN - 1 - keys, _BUCKETS_PER_SIGN + keys)


def _middle_ns(bucket: int) -> float:
    is_negative = bucket < _BUCKETS_PER_SIGN
    key = _BUCKETS_PER_SIGN - 1 - bucket if is_negative else bucket - _BUCKETS_PER_SIGN
    if key == 0:
        return 0.0
    edges = np.array([key, key + 1], dtype=np.int64) + _KEY_OF_ONE
    middle = float((edges << _SHIFT).view(np.float64).mean())
    return -middle if is_negative else middle
