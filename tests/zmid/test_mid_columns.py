"""However the lines of a batch are written, by column or compiled: they are those of its rows."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.messages import HISTORICAL, LIVE, MODES, STAMP_ARRIVAL, STAMP_EXCHANGE, STAMPS
from tests.depth import few
from tests.zmid.fakes import make_batch
from zmid.mid import FEW_ROWS, mid_lines, python_lines
from zmid.mid_columns import column_lines
from zmid.mid_rule import MidLines, MidRule

EVERYTHING_IS_LATE = MidRule(-math.inf, STAMP_EXCHANGE)

times_ns = st.builds(
    lambda time_ns, unit_ns: max(time_ns - time_ns % unit_ns, -(2**63)),
    st.integers(-(2**63), 2**63 - 1) | st.integers(-(10**10), 10**10),
    st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]),
)
market_decimals = st.builds(
    lambda digits, places: digits / 10.0**places, st.integers(0, 10**15 - 1), st.integers(0, 24)
)
near_a_power_of_ten = st.builds(
    lambda power, steps, towards: math.nextafter(float(f"1e{power}"), towards, steps=steps),
    st.integers(-16, 17),
    st.integers(0, 5),
    st.sampled_from([0.0, math.inf]),
)
near_a_power_of_two = st.builds(
    lambda power, steps, towards: math.nextafter(2.0**power, towards, steps=steps),
    st.integers(-60, 60),
    st.integers(0, 5),
    st.sampled_from([0.0, math.inf]),
)
# 16 digits that a float64 holds exactly, of which the last is a 5.
tied_at_15_digits = st.integers(1, 15).flatmap(
    lambda places: st.builds(
        lambda whole, odd: whole + (2 * odd + 1) / 2**places,
        st.integers(10 ** (15 - places), 10 ** (16 - places) - 1),
        st.integers(0, 2 ** (places - 1) - 1),
    )
)
# Two decimals of the shortest length are as near to these.
tied_when_shortest = st.builds(lambda number: (2 * number + 1) / 8, st.integers(2**50, 2**51 - 1))
sizes = (
    st.floats(0, allow_nan=False)
    | st.floats(1e-3, 1e6)
    | market_decimals
    | near_a_power_of_ten
    | near_a_power_of_two
    | tied_at_15_digits
    | tied_when_shortest
)
numbers = st.builds(math.copysign, sizes, st.sampled_from([1.0, 1.0, 1.0, -1.0])) | st.just(
    math.nan
)


@pytest.fixture(scope="module")
def check(form):
    """Give what compares the lines in one form with those of the definition, row by row."""
    lines_of = mid_lines if form == "compiled" else column_lines

    def check(quotes, rule, mode=HISTORICAL):
        few = [quotes[at : at + FEW_ROWS] for at in range(0, len(quotes), FEW_ROWS)]
        parts = [python_lines(make_batch(part, mode), rule) for part in few]
        mids, errors, skipped, blank = zip(*parts, strict=True)
        expected = MidLines(b"".join(mids), b"".join(errors), sum(skipped), sum(blank))

        assert expected == lines_of(make_batch(quotes, mode), rule)

    return check


@settings(max_examples=few(75), deadline=None)
@given(
    st.lists(st.tuples(times_ns, numbers, numbers, numbers), min_size=1, max_size=FEW_ROWS),
    st.sampled_from(MODES),
    st.sampled_from(STAMPS),
    numbers,
)
def test_the_lines_are_those_of_the_definition(check, quotes, mode, stamp, threshold_ms):
    check(quotes, MidRule(threshold_ms, stamp), mode)


@settings(max_examples=few(75), deadline=None)
@given(st.lists(st.tuples(times_ns, numbers), min_size=1, max_size=FEW_ROWS))
def test_each_mid_and_each_latency_is_that_of_the_definition(check, rows):
    quotes = [(time_ns, number, number, number) for time_ns, number in rows]
    check(quotes, EVERYTHING_IS_LATE, LIVE)
    check(quotes, EVERYTHING_IS_LATE)


def decimals(random, count):
    return random.integers(0, 10**15, count) / 10.0 ** random.integers(0, 25, count)


def ties(random, count):
    return (10 * random.integers(10**12, 10**15, count) + 5) / 10.0 ** random.integers(0, 27, count)


def binary_fractions(random, count):
    return random.integers(2**44, 2**53, count) / 2.0 ** random.integers(0, 40, count)


def latencies(random, count):
    return random.lognormal(3, 2, count)


def any_bits(random, count):
    values = random.integers(0, 2**63 - 1, count).view(np.float64)
    return np.where(np.isfinite(values), values, 1.5)


@pytest.mark.parametrize("drawn", [decimals, ties, binary_fractions, latencies, any_bits])
def test_thousands_of_numbers_have_the_texts_of_the_definition(check, drawn):
    values = drawn(np.random.default_rng(11), 4_000).tolist()
    quotes = [(0, value, value, value) for value in values]
    check(quotes, EVERYTHING_IS_LATE, LIVE)
    check(quotes, EVERYTHING_IS_LATE)


def test_powers_of_two_whose_neighbours_are_not_as_near_have_the_texts_of_the_definition(check):
    for steps in range(3):
        values = [math.nextafter(2.0**power, 0.0, steps=steps) for power in range(-60, 61)]
        quotes = [(0, value, value, value) for value in values]
        for quote in quotes:
            check([quote], EVERYTHING_IS_LATE)


@pytest.mark.parametrize("latency_ms", [sys.float_info.max, -5e-324, 30.125])
@pytest.mark.parametrize("count", [1, 2, 3_000])
def test_there_is_room_for_the_longest_of_all_lines(check, count, latency_ms):
    price = latency_ms / 2 if latency_ms > 1e300 else -latency_ms
    quotes = [(-1, latency_ms, price, price), (2**63 - 1, 0.0, price, price)] * count
    for threshold_ms in (-5e-324, 5e-324, -1e308):
        check(quotes, MidRule(threshold_ms, STAMP_ARRIVAL))


def test_every_day_of_the_calendar_has_its_date(check):
    day_ns = 86_400_000_000_000
    quotes = [(day * day_ns + day, math.nan, 1.0, 1.0) for day in range(-106_751, 106_751)]
    check(quotes, EVERYTHING_IS_LATE)
