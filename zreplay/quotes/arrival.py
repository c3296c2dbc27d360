"""When a quote arrives: timestamp + latency, rounded to a nanosecond, half to even.

Rule 1: the float64 latency_ms * 1e6 is what is rounded; the sum is one of integers.
Rule 2: a row whose latency is NaN, or not closer to zero than LATENCY_LIMIT_NS, never arrives;
        nor does one that would arrive outside of 64 bits.

Compiled copies (recordings/csv/compiled/lines.h, and zmid, which imports nothing from here) are
bound to these two functions by tests/test_arrival_forms.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from protocol.limits import INT64_MAX, INT64_MIN, LATENCY_LIMIT_NS
from zreplay.quotes.duration_text import NS_PER_MS

if TYPE_CHECKING:
    from zreplay.quotes.block import Bools, Float64s, Int64s


def arrival_ns(timestamp_ns: int, latency_ms: float) -> int | None:
    """Return the arrival of one quote, None if it never arrives."""
    latency_ns = latency_ms * NS_PER_MS
    if not -LATENCY_LIMIT_NS < latency_ns < LATENCY_LIMIT_NS:  # also true of NaN
        return None
    moment_ns = timestamp_ns + round(latency_ns)
    return moment_ns if INT64_MIN <= moment_ns <= INT64_MAX else None


_NEAR_NS: Final = 2**62
"""The sum of two that are nearer to zero is in 64 bits."""


def arrivals_ns(timestamp_ns: Int64s, latency_ms: Float64s) -> tuple[Int64s, Bools]:
    """Return n arrivals, and which of the n quotes arrive; the other arrivals are arbitrary."""
    import numpy as np  # here, for who looks at a first row starts without it

    with np.errstate(over="ignore", invalid="ignore"):
        latency_ns = latency_ms * NS_PER_MS
        np.rint(latency_ns, out=latency_ns)
    if _are_near(timestamp_ns) and _are_near(latency_ns):
        delay_ns = latency_ns.astype(np.int64)
        return np.add(timestamp_ns, delay_ns, out=delay_ns), np.ones(len(delay_ns), np.bool_)
    is_fit = np.abs(latency_ns) < LATENCY_LIMIT_NS  # False of NaN
    if not is_fit.all():
        latency_ns = np.where(is_fit, latency_ns, 0.0)
    delay_ns = latency_ns.astype(np.int64)
    moment_ns: Int64s = timestamp_ns + delay_ns
    # Both of one sign, and the sum of the other: it has wrapped around.
    is_fit &= ((timestamp_ns ^ moment_ns) & (delay_ns ^ moment_ns)) >= 0
    return moment_ns, is_fit


def _are_near(values_ns: Int64s | Float64s) -> bool:
    """Tell whether all of one value or more are nearer to zero than _NEAR_NS; a NaN is not."""
    if not len(values_ns):
        return False
    return bool(values_ns.min() > -_NEAR_NS and values_ns.max() < _NEAR_NS)
