"""A byte of a file leads back to its line."""

import numpy as np
import pytest
from msgspec.structs import replace

from tests.zreplay.example_quotes import make_block
from zreplay.recordings.source_block import FilePlace, SourceBlock


@pytest.mark.parametrize(("line", "expected"), [(10, [10, 13]), (None, [None, None])])
def test_the_line_of_a_row_counts_from_the_start_of_its_block(
    line: int | None, expected: list[int | None]
) -> None:
    source = SourceBlock(
        make_block([]),
        FilePlace(100, line),
        FilePlace(300, None),
        row_offsets=np.array([100, 250]),
        row_numbers=np.array([0, 3]),
    )

    assert expected == [source.line_at(100), source.line_at(250)]


def test_it_is_split_where_the_line_of_a_quote_begins() -> None:
    block = replace(make_block([0] * 4), position=np.array([100, 201, 202, 250]) + (5 << 48))
    source = SourceBlock(
        block,
        FilePlace(100, 10),
        FilePlace(300, None),
        row_offsets=np.array([100, 150, 200, 250]),
        row_numbers=np.array([0, 2, 3, 7]),
    )

    before, behind = source.split(2)

    assert (FilePlace(100, 10), FilePlace(200, 13)) == (before.start, before.end)
    assert (FilePlace(200, 13), FilePlace(300, None)) == (behind.start, behind.end)
    assert [100] == (before.block.position - (5 << 48)).tolist()
    assert [201, 202, 250] == (behind.block.position - (5 << 48)).tolist()
    assert [13, 17] == [behind.line_at(200), behind.line_at(250)]
    assert [10, 12] == [before.line_at(100), before.line_at(150)]


def test_where_lines_are_not_known_a_split_knows_none() -> None:
    offsets = np.array([100, 200])
    block = replace(make_block([0, 0]), position=offsets)
    source = SourceBlock(block, FilePlace(100, None), FilePlace(300, None), offsets, offsets)

    assert FilePlace(200, None) == source.split(1)[1].start
