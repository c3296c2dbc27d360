"""In each form: a column that was narrowed is wide again to the last bit, whatever it holds."""

import struct

import pytest
from hypothesis import given

from protocol.narrow_column import narrowed, widened
from protocol.narrow_head import HEAD, column_misfit
from tests.protocol.number_columns import NAN_BITS, float_columns, integer_columns, packed

pytestmark = pytest.mark.usefixtures("form")


@given(integer_columns())
def test_integers_come_back_bit_for_bit(wide: bytes) -> None:
    check_round_trip(wide, is_float=False)


@given(float_columns())
def test_floats_come_back_bit_for_bit(wide: bytes) -> None:
    check_round_trip(wide, is_float=True)


@given(float_columns())
def test_the_bits_of_floats_come_back_as_integers(wide: bytes) -> None:
    check_round_trip(wide, is_float=False)


def check_round_trip(wide: bytes, *, is_float: bool) -> None:
    count = len(wide) // 8

    narrow = narrowed(wide, is_float=is_float)

    assert "" == column_misfit(narrow, count)
    assert wide == bytes(widened(narrow, count))
    assert narrow is wide or len(narrow) < len(wide)


def test_what_is_the_same_or_counts_up_takes_a_head() -> None:
    for wide in (packed([*range(5, 1005)]), packed([7] * 9), packed([*range(3, -900, -3)])):
        assert HEAD.size == len(narrowed(wide, is_float=False))
    for number in (0.0, -0.0, float("nan"), 1 / 3, float("inf")):
        assert HEAD.size == len(narrowed(struct.pack("<100d", *[number] * 100), is_float=True))


@pytest.mark.parametrize(
    ("numbers", "item_bytes"),
    [
        ([row / 100 for row in (0, 255)], 1),
        ([row / 100 for row in (0, 256)], 2),
        ([float("nan"), *(row / 100 for row in (0, 254))], 1),
        ([float("nan"), *(row / 100 for row in (0, 255))], 2),
        ([float("nan"), 0.25], 1),
        ([100.0, 200.0, 25_600.0], 1),
        ([2.0**51 - 1, 2.0**51 - 3, 2.0**51 - 2], 1),
        ([2.0**51 - 1, 2.0**51, 2.0**51 - 2], 8),
        ([0.0, -0.0, 1.0], 8),
        ([1e-15, 2e-15, 4e-15], 1),
        ([1e-16, 2e-16, 4e-16], 8),
        ([1 / 3, 2 / 3, 0.5], 8),
    ],
)
def test_decimals_take_as_many_bytes_as_hold_their_range(
    numbers: list[float], item_bytes: int
) -> None:
    numbers = numbers * 100
    wide = struct.pack(f"<{len(numbers)}d", *numbers)

    narrow = narrowed(wide, is_float=True)

    expected = item_bytes * len(numbers) + (HEAD.size if item_bytes < 8 else 0)
    assert expected == len(narrow)
    assert wide == widened(narrow, len(numbers))


@pytest.mark.parametrize(
    ("integers", "item_bytes"),
    [
        ([10**18, 10**18 + 255 * 10**6, 10**18], 1),
        ([10**18, 10**18 + 255 * 10**6 + 1, 10**18], 4),
        ([10**18, 10**18 + 255 * 10**9, 10**18], 1),
        ([0, 255 * 10**10, 0], 2),
        ([-(2**63), 2**63 - 1, 0], 8),
        ([0, 2**56 - 1, 0], 7),
        ([0, 2**56 + 1, 0], 8),
    ],
)
def test_integers_take_as_many_bytes_as_hold_their_range_in_their_unit(
    integers: list[int], item_bytes: int
) -> None:
    wide = packed(integers * 100)

    narrow = narrowed(wide, is_float=False)

    assert item_bytes * 300 + (HEAD.size if item_bytes < 8 else 0) == len(narrow)
    assert wide == widened(narrow, 300)


def test_only_the_usual_nan_is_one_of_the_decimals() -> None:
    for bits in (NAN_BITS + 1, NAN_BITS | 1 << 63, NAN_BITS ^ 1 << 51 | 1):
        wide = packed([bits, 0] * 100)

        assert wide is narrowed(wide, is_float=True)
