"""The definition and the compiled code make the same of any column and of any head."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.limits import INT64_MAX, INT64_MIN
from protocol.narrow_head import HEAD, MAX_SCALE, MAX_UNIT, MAX_WIDTH, NO_SCALE, column_misfit
from protocol.narrow_numbers import narrowed_numbers, widened_numbers
from tests.protocol.number_columns import float_columns, integer_columns, packed

pytestmark = pytest.mark.usefixtures("compiled")

INT64S = st.integers(INT64_MIN, INT64_MAX) | st.integers(-9, 9)


@given(integer_columns() | float_columns(), st.booleans())
def test_both_make_the_same_bytes_of_a_column(wide: bytes, is_float: bool) -> None:
    from protocol import compiled_columns

    assert narrowed_numbers(wide, is_float=is_float) == compiled_columns.narrowed(wide, is_float)


@given(st.lists(st.sampled_from([3, 600, 1100]), min_size=1, max_size=3), st.data())
def test_both_find_the_same_scale_wherever_it_shows(places: list[int], data: st.DataObject) -> None:
    from protocol import compiled_columns

    numbers = [float(row % 7) for row in range(1200)]
    for place in places:
        integer = data.draw(st.integers(0, 2**45))
        numbers[place] = integer / 10 ** data.draw(st.integers(0, 16))
    wide = struct.pack("<1200d", *numbers)

    assert narrowed_numbers(wide, is_float=True) == compiled_columns.narrowed(wide, True)


@st.composite
def narrow_columns(draw: st.DrawFn) -> tuple[bytes, int]:
    """Any that may come, also one that no narrowing makes."""
    scale = draw(st.integers(0, MAX_SCALE) | st.just(NO_SCALE))
    width, unit = draw(st.integers(0, MAX_WIDTH)), draw(st.integers(0, MAX_UNIT))
    has_nan = draw(st.booleans()) and scale != NO_SCALE and width > 0
    count = draw(st.integers(21, 60))
    item = st.binary(min_size=width, max_size=width) | st.just(b"\xff" * width)
    offsets = b"".join(draw(st.lists(item, min_size=count, max_size=count)))
    return HEAD.pack(scale, width, unit, has_nan, draw(INT64S), draw(INT64S)) + offsets, count


@given(narrow_columns())
def test_both_make_the_same_numbers_of_any_head(narrow: tuple[bytes, int]) -> None:
    from protocol import compiled_columns

    assert "" == column_misfit(*narrow)
    assert widened_numbers(*narrow) == compiled_columns.widened(*narrow)


def test_what_is_beyond_an_integer_wraps_around() -> None:
    head = HEAD.pack(NO_SCALE, 0, 0, 0, INT64_MAX, 1)

    assert packed([2**63 - 1, 2**63, 2**63 + 1]) == widened_numbers(head, 3)
