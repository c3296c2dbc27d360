"""An arrival is computed as the replay order does."""

import math

import numpy as np
import pytest

from zmid.mid_rule import arrivals_ns, error_frame


@pytest.mark.parametrize(
    ("latency_ms", "arrival_ns"),
    [
        (1.5, 1_501_000),
        (-1.5, -1_499_000),
        (0.000_000_5, 1_000),  # half a nanosecond, to even
        (0.000_001_5, 1_002),
        (math.nan, 1_000),
        (math.inf, 1_000),
        (-1e16, 1_000),
    ],
)
def test_an_arrival_is_the_time_and_a_latency_that_there_can_be(
    latency_ms: float, arrival_ns: int
) -> None:
    assert [arrival_ns] == arrivals_ns(np.array([1_000]), np.array([latency_ms])).tolist()


def test_an_error_names_the_threshold_as_shortly_as_the_latency() -> None:
    assert ("No mid price at ", "ms is bigger than 20ms\n") == error_frame(20.0)
    assert ("No mid price at ", "ms is bigger than 0.0000001ms\n") == error_frame(1e-7)
