"""A period begins with the first quote of a later one; stragglers belong to the present one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.rotation import DAY_NS, HOUR_NS
from tests.zmid.fakes import result
from zmid.arrivals import Arrivals, stretches_of

YEAR_2099_NS = 4_070_908_800_000_000_000
NOON_NS = 1_768_478_400_000_000_000


def periods(hours: list[float], period_ns: int = HOUR_NS) -> list[list[float]]:
    """Return hours since noon as the periods that they make."""
    group = [
        result(each, 1, arrival_ns=NOON_NS + round(hour * HOUR_NS))
        for each, hour in enumerate(hours)
    ]
    stretches = stretches_of(group, Arrivals(), period_ns)
    return [
        [(one.arrival_ns - NOON_NS) / HOUR_NS for one in stretch.results]
        for stretch in stretches
        if stretch.results
    ]


def test_an_hour_ends_before_the_first_quote_of_a_later_one() -> None:
    assert [[0, 0.9], [1, 1.5], [4]] == periods([0, 0.9, 1, 1.5, 4])


def test_a_straggler_stays_in_the_present_hour() -> None:
    assert [[0.9], [1, 0.99, 1.2, -23], [2]] == periods([0.9, 1, 0.99, 1.2, -23, 2])


def test_a_stray_of_2099_ends_its_own_hour_and_not_all_others() -> None:
    stray = (YEAR_2099_NS - NOON_NS) / HOUR_NS

    assert [[0], [stray], [0.1, 0.2], [1]] == periods([0, stray, 0.1, 0.2, 1])


def test_time_that_is_set_back_by_more_than_a_day_counts_anew() -> None:
    assert [[0], [30], [5, 5.5], [6]] == periods([0, 30, 5, 5.5, 6])
    assert [[0], [30, 6], [31]] == periods([0, 30, 6, 31])
    assert [[0], [24, 0], [-13], [0]] == periods([0, 24, 0, -13, 0], DAY_NS)


def test_without_a_period_nothing_ends() -> None:
    assert [[0, 5, 100, 3, 4]] == periods([0, 5, 100, 3, 4], 0)


@pytest.mark.parametrize("period_ns", [0, HOUR_NS, DAY_NS])
def test_of_a_gap_a_day_at_most_counts_as_elapsed(period_ns: int) -> None:
    arrivals = Arrivals()
    for instant_ns in (NOON_NS, NOON_NS + DAY_NS, YEAR_2099_NS, NOON_NS + HOUR_NS):
        arrivals = arrivals.and_then(instant_ns, period_ns)

    assert Arrivals(NOON_NS + HOUR_NS, 2 * DAY_NS) == arrivals


def test_what_elapsed_counts_in_whole_periods() -> None:
    arrivals = Arrivals()
    for minutes in (50, 59, 61, 30, 119):
        arrivals = arrivals.and_then(NOON_NS + minutes * HOUR_NS // 60, HOUR_NS)

    assert Arrivals(NOON_NS + 119 * HOUR_NS // 60, HOUR_NS) == arrivals


@given(
    st.lists(st.integers(-60, 60), min_size=1, max_size=30),
    st.lists(st.integers(1, 8), min_size=1, max_size=30),
    st.sampled_from([HOUR_NS, DAY_NS]),
)
def test_where_groups_are_cut_makes_no_difference(
    hours: list[int], counts: list[int], period_ns: int
) -> None:
    group = [result(each, 1, arrival_ns=hour * HOUR_NS // 2) for each, hour in enumerate(hours)]
    found, arrivals, at = [], Arrivals(), 0
    for count in (*counts, len(group)):
        part = group[at : at + count]
        at += count
        if part:
            first, *others = stretches_of(part, arrivals, period_ns)
            arrivals = others[-1].arrivals if others else first.arrivals
            found[-1:] = [[*(found[-1] if found else []), *first.results]]
            found += [[*each.results] for each in others]

    assert [[*each.results] for each in stretches_of(group, Arrivals(), period_ns)] == found
