"""Quantiles are right within 9 %, and the histogram never grows."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zreplay.playback.durations import FEW_AT_ONCE, MILLISECOND_NS, DurationHistogram

lateness = st.lists(st.floats(1, 1e11), min_size=1, max_size=300)


def filled(*groups: list[float]) -> DurationHistogram:
    histogram = DurationHistogram()
    for group in groups:
        histogram.record(np.array(group))
    return histogram


def filled_from_lists(*groups: list[float]) -> DurationHistogram:
    histogram = DurationHistogram()
    for group in groups:
        histogram.record(group)
    return histogram


def exact_quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share, method="inverted_cdf"))


@given(lateness, st.sampled_from([0.01, 0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_is_within_9_percent_of_the_exact_one(values: list[float], share: float) -> None:
    exact = exact_quantile(values, share)
    found = filled(values).quantile_ns(share)

    # A whole nanosecond is the unit: below some ten of them that is the larger error.
    assert abs(found - exact) <= max(1.0, 0.091 * exact)


@given(lateness, lateness)
def test_it_does_not_matter_in_which_groups_quotes_left(
    one: list[float], other: list[float]
) -> None:
    assert filled(one + other).summary_ns() == filled(one, other).summary_ns()


@given(st.lists(lateness, max_size=8))
def test_lists_count_as_arrays_do(groups: list[list[float]]) -> None:
    from_lists, from_arrays = filled_from_lists(*groups), filled(*groups)

    assert from_arrays.summary_ns() == from_lists.summary_ns()
    assert from_arrays.count == from_lists.count


def test_what_waits_to_be_counted_is_bounded() -> None:
    histogram = filled_from_lists(*[[1.0] * 5] * 10_000)

    assert len(histogram._few) < FEW_AT_ONCE
    assert histogram.count == 50_000


def test_another_thread_may_ask_while_durations_come() -> None:
    histogram = DurationHistogram()
    is_over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: [histogram.count for _ in iter(is_over.is_set, True)])
        for _ in range(20_000):
            histogram.record([1.0, 2.0, 3.0])
            histogram.add(5, 2)
        is_over.set()
        counts = asked.result()

    assert 100_000 == histogram.count
    assert counts == sorted(counts)


def test_leaving_early_counts_as_no_lateness() -> None:
    histogram = filled([-5e9, 0.0])

    assert histogram.count == 2
    assert {"p50": 1, "p99": 1, "max": 1} == histogram.summary_ns()


def test_the_maximum_is_exact_and_no_quantile_is_above_it() -> None:
    histogram = filled([10.0] * 999 + [1_000_003.0])

    assert {"max": 1_000_003} == {"max": histogram.summary_ns()["max"]}
    assert histogram.quantile_ns(1.0) == 1_000_003


@given(st.lists(st.integers(1, 10**11), min_size=1, max_size=50), st.integers(1, 5))
def test_equal_ones_counted_at_once_are_as_good_as_one_by_one(
    durations_ns: list[int], times: int
) -> None:
    at_once = DurationHistogram()
    for duration_ns in durations_ns:
        at_once.add(duration_ns, times)
    one_by_one = filled([float(duration_ns) for duration_ns in durations_ns] * times)

    assert one_by_one.summary_ns() == at_once.summary_ns()
    assert (one_by_one.count, one_by_one.sum_ns) == (at_once.count, at_once.sum_ns)
    assert one_by_one.over_1ms == at_once.over_1ms


def test_counts_below_bounds_rise_to_all_of_them() -> None:
    histogram = filled([1e3, 1e5, 1e5, 1e7])

    assert [0, 1, 1, 3, 4] == histogram.counts_up_to([500, 50_000, 90_000, 200_000, 10**10])


def test_more_than_a_millisecond_is_counted() -> None:
    histogram = filled([MILLISECOND_NS, MILLISECOND_NS + 1, 5e9])

    assert histogram.over_1ms == 2


def test_nothing_recorded_is_no_lateness() -> None:
    assert {"p50": 0, "p99": 0, "max": 0} == DurationHistogram().summary_ns()


def test_what_is_beyond_the_last_bucket_is_counted_there() -> None:
    histogram = filled([1e18])

    assert histogram.count == 1
    assert histogram.max_ns == 10**18
