"""Blocks of thousands of files grow where rows are long, and those that wait are few enough."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zreplay.historical.small_blocks import (
    ENOUGH_BYTES,
    MOST_BLOCK_BYTES,
    SHORT_ROW_BYTES,
    SmallBlocks,
)
from zreplay.quotes.block import EMPTY, Block
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

NO_LINES = np.array([], np.int64)


def rows_of(rows: int, row_bytes: int) -> Parsed:
    columns = [np.zeros(rows, column.dtype) for column in EMPTY.columns]
    start, end = FilePlace(1000, None), FilePlace(1000 + rows * row_bytes, None)
    return Parsed(SourceBlock(Block.of(columns, ()), start, end, NO_LINES, NO_LINES), [])


def test_blocks_of_long_rows_grow_until_they_are_large_enough() -> None:
    blocks = SmallBlocks(12_800, 12_800)
    blocks.block_bytes_after([rows_of(100, 64)])
    of_long_rows = blocks.block_bytes
    blocks = SmallBlocks(12_800, 12_800)
    blocks.block_bytes_after([rows_of(100, 1_000)])

    assert [25_600, ENOUGH_BYTES] == [of_long_rows, blocks.block_bytes]


def test_blocks_do_not_grow_before_a_row_was_read() -> None:
    blocks = SmallBlocks(12_800, 12_800)
    blocks.block_bytes_after([rows_of(0, 96)])

    assert 12_800 == blocks.block_bytes


def test_blocks_that_are_large_enough_stay_as_they_are() -> None:
    blocks = SmallBlocks(71_111, 71_111)
    blocks.block_bytes_after([rows_of(100, 1_000)])

    assert 71_111 == blocks.block_bytes


def test_the_blocks_of_a_large_file_are_as_much_larger_as_it_is() -> None:
    blocks = SmallBlocks(64_000, 64_000, sizes_bytes=[900, 50, 50, 0])

    assert [188_800, 25_600, 25_600, 16_000] == [blocks.of(number) for number in range(4)]


def test_the_blocks_of_each_file_grow_with_the_mean() -> None:
    blocks = SmallBlocks(12_800, 12_800, sizes_bytes=[30, 10])
    blocks.block_bytes_after([rows_of(100, 64)])

    assert [35_200, 16_000] == [blocks.of(number) for number in (0, 1)]


def test_files_whose_sizes_are_not_known_have_even_blocks() -> None:
    even = [SmallBlocks(64, 64).of(1), SmallBlocks(64, 64, sizes_bytes=[0, 0]).of(1)]

    assert [64, 64] == even


@given(
    sizes_bytes=st.lists(st.integers(0, 2**50), min_size=1),
    block_bytes=st.integers(1, 2 * MOST_BLOCK_BYTES),
)
def test_the_blocks_of_all_files_are_no_larger_together_than_even_ones(
    sizes_bytes: list[int], block_bytes: int
) -> None:
    blocks = SmallBlocks(block_bytes, block_bytes, sizes_bytes=sizes_bytes)
    found = [blocks.of(number) for number in range(len(sizes_bytes))]

    assert sum(found) <= len(found) * block_bytes + len(found)
    assert 1 <= min(found)
    assert not any(sizes_bytes) or max(found) <= MOST_BLOCK_BYTES


@given(
    waiting_rows=st.integers(1, 10**7),
    files=st.integers(1, 32_768),
    lengths=st.lists(st.integers(1, 2_000), min_size=1),
)
def test_a_block_of_each_file_leaves_room_to_the_rows_that_may_wait(
    waiting_rows: int, files: int, lengths: list[int]
) -> None:
    blocks = SmallBlocks(SHORT_ROW_BYTES * waiting_rows // files, 1)
    for row_bytes in lengths:
        blocks.block_bytes_after([rows_of(3, row_bytes)])
    rows_together = files * (blocks.block_bytes // min(lengths))

    assert blocks.block_bytes == 1 or rows_together <= waiting_rows
    assert 1 <= blocks.block_bytes <= ENOUGH_BYTES
