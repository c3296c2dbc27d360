"""Metrics carry the names and units that Prometheus expects."""

import itertools

from protocol.program.metrics import (
    BOUNDS_NS,
    COUNTER,
    build_info,
    counter,
    gauge,
    histogram,
    one_of,
)


def test_a_counter_ends_with_total_and_a_gauge_does_not() -> None:
    assert ("quotes_total", COUNTER) == counter("quotes", "Quotes.", 3)[:2]
    assert "quotes" == gauge("quotes", "Quotes.", 3).name


def test_exactly_one_word_is_the_present_one() -> None:
    metric = one_of("mode", "Mode.", "mode", ("historical", "live"), "live")

    assert [({"mode": "historical"}, 0.0), ({"mode": "live"}, 1.0)] == metric.values


def test_a_histogram_has_bounds_in_seconds_and_ends_with_all() -> None:
    metric = histogram("age_seconds", "Age.", [1] * len(BOUNDS_NS), 7, 2_500_000_000)

    assert [({}, 2.5)] == metric.values
    assert (("0.0001", 1), ("10", 1), ("+Inf", 7)) == (
        metric.buckets[0],
        metric.buckets[-2],
        metric.buckets[-1],
    )
    assert all(one < other for one, other in itertools.pairwise(BOUNDS_NS))


def test_the_build_names_every_version() -> None:
    ((labels, value),) = build_info("zmid_sink").values

    assert ({"version", "python", "libzmq"}, 1.0) == (set(labels), value)
