"""A fixed-point number is the float64 that is nearest to it, whatever its size."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.recordings.fixed_point import as_floats, is_fixed_point


@given(st.sampled_from([8, 16]), st.data())
def test_each_is_rounded_once(width: int, data: st.DataObject) -> None:
    bound = 2 ** (8 * width - 1)
    numbers = data.draw(st.lists(st.integers(-bound, bound - 2).filter(lambda n: n != -1)))
    raw = [number.to_bytes(width, "little", signed=True) for number in numbers]
    tens = {8: 9, 16: 16}[width]

    found = as_floats(pa.array([b"\x00" * width, *raw], pa.binary(width))[1:])

    assert [float(Decimal(number).scaleb(-tens)) for number in numbers] == found.to_pylist()


@pytest.mark.parametrize("width", [8, 16])
def test_what_is_undefined_or_null_is_null(width: int) -> None:
    largest = (2 ** (8 * width - 1) - 1).to_bytes(width, "little")

    found = as_floats(pa.array([largest, b"\xff" * width, None], pa.binary(width)))

    assert [None] * 3 == found.to_pylist()


def test_only_bytes_of_these_widths_are_such_numbers() -> None:
    kinds = [pa.binary(8), pa.binary(16), pa.binary(4), pa.binary(), pa.float64()]

    assert [True, True, False, False, False] == [*map(is_fixed_point, kinds)]
