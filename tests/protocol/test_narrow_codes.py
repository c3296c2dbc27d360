"""Codes take what their names need, and come back as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.narrow_codes import FEW_CODES, codes_misfit, narrowed_codes, widened_codes


@given(
    st.sampled_from([1, 2, 255, 256, 257, 65_535, 65_536, 65_537]) | st.integers(1, 70_000),
    st.data(),
)
def test_codes_come_back_as_they_were(names: int, data: st.DataObject) -> None:
    codes = data.draw(st.lists(st.integers(0, names - 1), min_size=1, max_size=70))

    narrow = narrowed_codes(np.array([*codes, names - 1], "<i4"), names)

    assert "" == codes_misfit(narrow, len(codes) + 1, names)
    assert [*codes, names - 1] == widened_codes(narrow, len(codes) + 1).tolist()


@pytest.mark.parametrize(
    ("names", "item_bytes"), [(1, 0), (2, 1), (256, 1), (257, 2), (65_536, 2), (65_537, 4)]
)
def test_so_many_names_take_so_many_bytes(names: int, item_bytes: int) -> None:
    assert 3 * item_bytes == len(narrowed_codes(np.zeros(3, "<i4"), names))


@pytest.mark.parametrize("count", [1, FEW_CODES, FEW_CODES + 1])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_code_past_the_names_is_seen_at_each_width(count: int, width: int) -> None:
    codes = (2).to_bytes(width, "little") * count

    assert "" == codes_misfit(codes, count, 3)
    assert "point past the 2 ticker_names" in codes_misfit(codes, count, 2)


@pytest.mark.parametrize("size", [1, 5, 6, 9, 12, 16, 400])
def test_other_sizes_are_named(size: int) -> None:
    assert f"had {size} bytes" in codes_misfit(bytes(size), 2, 1)


def test_without_a_name_there_is_no_code() -> None:
    assert "point past the 0 ticker_names" in codes_misfit(b"", 2, 0)


def test_widened_codes_can_not_be_written_to() -> None:
    for codes in (b"", b"\0\1", bytearray(8)):
        assert not widened_codes(codes, 2).flags.writeable
