"""The definitions of the texts, and that whole columns give the same ones."""

import math
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zmid.plain_text import (
    lines,
    rounded,
    rounded_texts,
    shortest,
    shortest_texts,
    timestamp,
    timestamp_texts,
)

SECOND_NS = 1_735_689_600 * 1_000_000_000  # 2025-01-01 00:00:00

TIMESTAMPS = [
    (SECOND_NS, "2025-01-01 00:00:00.000"),
    (SECOND_NS + 120_000_000, "2025-01-01 00:00:00.120"),
    (SECOND_NS + 120_001_000, "2025-01-01 00:00:00.120001"),
    (SECOND_NS + 120_000_001, "2025-01-01 00:00:00.120000001"),
    (SECOND_NS + 1_000, "2025-01-01 00:00:00.000001"),
    (0, "1970-01-01 00:00:00.000"),
    (-1, "1969-12-31 23:59:59.999999999"),
    (-1_000_000, "1969-12-31 23:59:59.999"),
    (2**63 - 1, "2262-04-11 23:47:16.854775807"),
    (-(2**63), "1677-09-21 00:12:43.145224192"),
]

ROUNDED = [
    (200.5, "200.5"),
    (200.0, "200"),
    (0.0, "0"),
    (-0.0, "0"),
    (2.0555000000000003, "2.0555"),
    (3.9e-08, "0.000000039"),
    (1.25e-9, "0.00000000125"),
    (9.999999999995e10, "99999999999.95"),
    (1e10, "10000000000"),
    (999_999_999_999_999.0, "999999999999999"),
    (1e15, "1000000000000000"),
    (1e22, "10000000000000000000000"),
    (123_456_789_012_345_678.0, "123456789012346000"),
    (0.1 + 0.2, "0.3"),
    (1 / 3, "0.333333333333333"),
    (math.nextafter(1.0, 0.0), "1"),
    (math.nextafter(1000.0, 0.0), "1000"),
    (5e-324, "0." + "0" * 323 + "494065645841247"),
]

SHORTEST = [
    (120.0, "120"),
    (24.435913010256233, "24.435913010256233"),
    (1e-07, "0.0000001"),
    (1e22, "10000000000000000000000"),
    (1e-6, "0.000001"),
    (0.1 + 0.2, "0.30000000000000004"),
    (-0.0, "0"),
    (-1.5, "-1.5"),
    (-3e-9, "-0.000000003"),
    (12345678901.5, "12345678901.5"),
]


def column(repeated):
    return [repeated.texts[place].as_py() for place in repeated.places.tolist()]


@pytest.mark.parametrize(("time_ns", "expected"), TIMESTAMPS)
def test_a_timestamp_has_3_digits_or_6_or_9_where_needed(time_ns, expected):
    assert expected == timestamp(time_ns)


@pytest.mark.parametrize("count", range(1, len(TIMESTAMPS) + 1))
def test_columns_of_mixed_fractions_print_each_time_with_its_own(count):
    times_ns = np.array([time_ns for time_ns, _ in TIMESTAMPS[:count]], np.int64)
    expected = [text for _, text in TIMESTAMPS[:count]]
    assert expected == column(timestamp_texts(times_ns))


@pytest.mark.parametrize(("number", "expected"), ROUNDED)
def test_a_rounded_number_is_plain_and_has_15_digits_at_most(number, expected):
    assert expected == rounded(number)
    assert [expected] == rounded_texts(np.array([number])).to_pylist()


@pytest.mark.parametrize(("number", "expected"), SHORTEST)
def test_the_shortest_text_is_plain_and_reads_back_as_the_same_number(number, expected):
    assert number == float(expected)
    assert expected == shortest(number)
    assert [expected] == shortest_texts(np.array([number])).to_pylist()


any_number = st.floats(allow_nan=False)
near_a_power_of_ten = st.builds(
    lambda exponent, steps: math.nextafter(10.0**exponent, 0.0, steps=steps),
    st.integers(-12, 18),
    st.integers(0, 50),
)
near_a_tie = st.builds(
    lambda digits, places: (10 * digits + 5) / 10.0**places,
    st.integers(10**14, 10**15 - 1),
    st.integers(0, 24),
)
numbers = st.lists(any_number | near_a_power_of_ten | near_a_tie, min_size=1, max_size=50)


@settings(max_examples=300, deadline=None)
@given(numbers)
def test_a_column_of_rounded_numbers_is_the_rounding_of_each(values):
    expected = [rounded(value) for value in values]
    assert expected == rounded_texts(np.array(values)).to_pylist()


@settings(max_examples=200, deadline=None)
@given(numbers)
def test_a_column_of_shortest_texts_is_that_of_each(values):
    expected = [shortest(value) for value in values]
    assert expected == shortest_texts(np.array(values)).to_pylist()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50),
    st.sampled_from([1, 1_000, 1_000_000]),
)
def test_a_column_of_timestamps_is_that_of_each(times_ns, unit_ns):
    times_ns = [max(time_ns - time_ns % unit_ns, -(2**63)) for time_ns in times_ns]
    expected = [timestamp(time_ns) for time_ns in times_ns]
    assert expected == column(timestamp_texts(np.array(times_ns)))


@settings(max_examples=200, deadline=None)
@given(any_number.filter(math.isfinite))
def test_rounding_is_to_the_nearest_decimal_of_15_digits(number):
    exact, printed = Fraction(number), Fraction(Decimal(rounded(number)))
    unit = Fraction(10) ** (Decimal(rounded(number)).adjusted() - 14)
    assert abs(exact - printed) <= unit / 2


def test_a_long_column_of_ties_is_rounded_by_the_definition():
    random = np.random.default_rng(7)
    values = (10 * random.integers(10**14, 10**15, 20_000) + 5) / 10.0 ** random.integers(2, 20)
    expected = [rounded(value) for value in values.tolist()]
    assert expected == rounded_texts(values).to_pylist()


def test_what_is_no_price_has_a_text_and_raises_nothing():
    values = np.array([math.nan, math.inf, -math.inf, -2.5])
    expected = ["NaN", "Infinity", "-Infinity", "-2.5"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert expected == [rounded(value) for value in values.tolist()]
        assert expected == rounded_texts(values).to_pylist()


def test_times_that_lie_close_or_far_apart_have_the_same_texts():
    close = SECOND_NS + np.array([3, 0, 1, 3, 3], np.int64) * 1_000_000
    far = close.copy()
    far[1] -= 86_400 * 1_000_000_000

    for times_ns in (close, far):
        assert [timestamp(time_ns) for time_ns in times_ns.tolist()] == column(
            timestamp_texts(times_ns)
        )


def test_lines_stand_end_to_end_each_with_all_its_parts():
    heads = timestamp_texts(SECOND_NS + np.array([0, 1_000_000, 0], np.int64))
    tails = shortest_texts(np.array([1.0, 2.5]))

    assert b"at 2025-01-01 00:00:00.001: 1!\nat 2025-01-01 00:00:00.000: 2.5!\n" == lines(
        "at ", heads.of(np.array([1, 2])), ": ", tails, "!\n"
    )


def test_no_rows_are_no_text():
    none = np.array([], np.int64)
    heads = timestamp_texts(np.array([SECOND_NS])).of(none)

    assert b"" == lines("", heads, ", ", rounded_texts(none.astype(float)), "\n")
    assert b"" == lines("", heads, ", ", shortest_texts(none.astype(float)), "\n")
