"""Distinct times are counted exactly while there is room, and never too few."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zreplay.inspection.distinct import DistinctTimes
from zreplay.inspection.report import Distinct

BLOCKS = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=15), min_size=1, max_size=8)


def counted(blocks: list[list[int]], max_held: int = 1000) -> Distinct:
    times = DistinctTimes(max_held)
    for block in blocks:
        times.add(np.array(block, dtype=np.int64))
    return times.report()


@given(BLOCKS)
def test_with_room_for_all_the_count_is_exact_in_any_order(blocks: list[list[int]]) -> None:
    assert Distinct(len(set(sum(blocks, []))), True) == counted(blocks)


@given(BLOCKS)
def test_with_room_for_few_ascending_times_are_counted_exactly(blocks: list[list[int]]) -> None:
    ascending = sorted(sum(blocks, []))
    parts = [ascending[place : place + 7] for place in range(0, len(ascending), 7)]
    whole = [part for part in parts if part]

    found = counted(whole, max_held=8)

    # A time at the end of one block and the start of the next is the newest, so still held.
    assert Distinct(len(set(ascending)), True) == found


@given(BLOCKS)
def test_with_room_for_few_the_count_is_exact_or_says_that_it_is_the_most(
    blocks: list[list[int]],
) -> None:
    found = counted(blocks, max_held=4)

    exact = len(set(sum(blocks, [])))
    assert found.count == exact if found.is_exact else found.count >= exact


def test_what_is_held_never_outgrows_its_room() -> None:
    times = DistinctTimes(max_held=10)
    for start in range(0, 1000, 50):
        times.add(np.arange(start, start + 50))

    assert len(times._held) <= 10
    assert Distinct(1000, True) == times.report()
