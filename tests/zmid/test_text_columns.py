"""A column of texts equals the text of each value, one by one."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import few
from tests.zmid.test_plain_text import ROUNDED, SECOND_NS, SHORTEST, TIMESTAMPS
from zmid.plain_text import rounded, shortest, timestamp
from zmid.text_columns import (
    lines,
    rounded_texts,
    shortest_texts,
    timestamp_texts,
)


def column(repeated):
    return [repeated.texts[index].as_py() for index in repeated.indices.tolist()]


@pytest.mark.parametrize("count", range(1, len(TIMESTAMPS) + 1))
def test_columns_of_mixed_fractions_print_each_time_with_its_own(count):
    times_ns = np.array([time_ns for time_ns, _ in TIMESTAMPS[:count]], np.int64)
    expected = [text for _, text in TIMESTAMPS[:count]]
    assert expected == column(timestamp_texts(times_ns))


def test_a_column_prints_each_number_as_alone():
    numbers, texts = zip(*ROUNDED, strict=True)
    assert [*texts] == rounded_texts(np.array(numbers)).to_pylist()
    numbers, texts = zip(*SHORTEST, strict=True)
    assert [*texts] == shortest_texts(np.array(numbers)).to_pylist()


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


@settings(max_examples=few(75), deadline=None)
@given(numbers)
def test_a_column_of_rounded_numbers_is_the_rounding_of_each(values):
    expected = [rounded(value) for value in values]
    assert expected == rounded_texts(np.array(values)).to_pylist()


@settings(max_examples=few(50), deadline=None)
@given(numbers)
def test_a_column_of_shortest_texts_is_that_of_each(values):
    expected = [shortest(value) for value in values]
    assert expected == shortest_texts(np.array(values)).to_pylist()


@settings(max_examples=few(50), deadline=None)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50),
    st.sampled_from([1, 1_000, 1_000_000]),
)
def test_a_column_of_timestamps_is_that_of_each(times_ns, unit_ns):
    times_ns = [max(time_ns - time_ns % unit_ns, -(2**63)) for time_ns in times_ns]
    expected = [timestamp(time_ns) for time_ns in times_ns]
    assert expected == column(timestamp_texts(np.array(times_ns)))


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
