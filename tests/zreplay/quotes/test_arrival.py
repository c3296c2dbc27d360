"""An arrival is the timestamp plus the latency, to the nanosecond, or there is none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.quotes.arrival import arrival_ns, arrivals_ns

BELOW_LIMIT_MS = math.nextafter(2.0**63 / 1e6, 0)
CASES = [
    (1_000, 1.5, 1_501_000),
    (1_000, -1.5, -1_499_000),
    (1_000, 0.000_000_5, 1_000),  # half a nanosecond, to even
    (1_000, 0.000_001_5, 1_002),
    (1_000, 0.000_002_5, 1_002),
    (1_000, -0.000_001_5, 998),
    (1_000, 5e-324, 1_000),
    (1_000, math.nan, None),
    (1_000, math.inf, None),
    (1_000, -math.inf, None),
    (1_000, 1.7976931348623157e308, None),
    (0, 2.0**63 / 1e6, None),
    (0, -(2.0**63) / 1e6, None),
    (-(10**9), BELOW_LIMIT_MS, -(10**9) + round(BELOW_LIMIT_MS * 1e6)),
    (INT64_MIN, BELOW_LIMIT_MS, INT64_MIN + round(BELOW_LIMIT_MS * 1e6)),
    (INT64_MAX, -BELOW_LIMIT_MS, INT64_MAX - round(BELOW_LIMIT_MS * 1e6)),
    (INT64_MAX - 1_000_000, 1.0, INT64_MAX),
    (INT64_MAX - 999_999, 1.0, None),
    (INT64_MIN + 1_000_000, -1.0, INT64_MIN),
    (INT64_MIN + 999_999, -1.0, None),
    (INT64_MIN, 0.0, INT64_MIN),
    (INT64_MAX, -0.0, INT64_MAX),
]


@pytest.mark.parametrize(("timestamp_ns", "latency_ms", "expected"), CASES)
def test_a_quote_arrives_when_the_latency_is_over(
    timestamp_ns: int, latency_ms: float, expected: int | None
) -> None:
    assert expected == arrival_ns(timestamp_ns, latency_ms)


def test_a_column_of_quotes_arrives_as_each_of_them() -> None:
    timestamps_ns = np.array([timestamp_ns for timestamp_ns, _, _ in CASES])
    latencies_ms = np.array([latency_ms for _, latency_ms, _ in CASES])

    moments_ns, is_fit = arrivals_ns(timestamps_ns, latencies_ms)

    found = zip(moments_ns.tolist(), is_fit.tolist(), strict=True)
    assert [expected for *_, expected in CASES] == [
        moment_ns if fits else None for moment_ns, fits in found
    ]


near_ns, near_ms = st.integers(-(2**61), 2**61), st.floats(-1e6, 1e6)
any_ns = near_ns | st.integers(INT64_MIN, INT64_MAX) | st.sampled_from([2**62, 2**62 - 1, -(2**62)])
any_ms = near_ms | st.floats() | st.sampled_from([2.0**62 / 1e6, -(2.0**62) / 1e6])


@given(st.lists(st.tuples(near_ns, near_ms)), st.lists(st.tuples(any_ns, any_ms), max_size=2))
def test_any_column_of_quotes_arrives_as_each_of_them(
    usual: list[tuple[int, float]], others: list[tuple[int, float]]
) -> None:
    rows = usual + others
    timestamps_ns = np.array([timestamp_ns for timestamp_ns, _ in rows], np.int64)
    latencies_ms = np.array([latency_ms for _, latency_ms in rows], np.float64)

    moments_ns, is_fit = arrivals_ns(timestamps_ns, latencies_ms)

    found = zip(moments_ns.tolist(), is_fit.tolist(), strict=True)
    assert [arrival_ns(*row) for row in rows] == [
        moment_ns if fits else None for moment_ns, fits in found
    ]
