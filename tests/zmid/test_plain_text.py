"""A text is plain, as short as possible, and exact."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import few
from zmid.plain_text import rounded, shortest, timestamp

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


@pytest.mark.parametrize(("time_ns", "expected"), TIMESTAMPS)
def test_a_timestamp_has_3_digits_or_6_or_9_where_needed(time_ns, expected):
    assert expected == timestamp(time_ns)


@pytest.mark.parametrize(("number", "expected"), ROUNDED)
def test_a_rounded_number_is_plain_and_has_15_digits_at_most(number, expected):
    assert expected == rounded(number)


@pytest.mark.parametrize(("number", "expected"), SHORTEST)
def test_the_shortest_text_is_plain_and_reads_back_as_the_same_number(number, expected):
    assert number == float(expected)
    assert expected == shortest(number)


@settings(max_examples=few(50), deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_is_to_the_nearest_decimal_of_15_digits(number):
    exact, printed = Fraction(number), Fraction(Decimal(rounded(number)))
    unit = Fraction(10) ** (Decimal(rounded(number)).adjusted() - 14)
    assert abs(exact - printed) <= unit / 2


@pytest.mark.parametrize(
    ("number", "expected"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")]
)
def test_what_is_no_price_has_a_text_too(number, expected):
    assert expected == rounded(number)
