"""A set of offsets holds what a plain set holds, whatever the order they arrive in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.replayer import offset_set
from zreplay.replayer.offset_set import OffsetSet

OFFSETS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 30), max_size=60)


@given(OFFSETS)
def test_an_offset_is_new_once(offsets: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offset_set, "MOST_IN_CHUNK", 3)
        known, plain = OffsetSet(), set[int]()

        for offset in offsets:
            assert (offset not in plain) == known.add(offset)
            plain.add(offset)


def test_a_place_before_many_known_ones_moves_few_of_them() -> None:
    count = 3 * offset_set.MOST_IN_CHUNK
    known = OffsetSet()
    for offset in [*range(count, 2 * count), *range(count)]:
        assert known.add(offset)

    assert offset_set.MOST_IN_CHUNK >= max(len(chunk) for chunk in known._chunks)
