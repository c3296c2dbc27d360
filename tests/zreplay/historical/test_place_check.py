"""A place counts once the row that its index has of it stands there."""

import numpy as np
import pytest

from protocol.errors import InputError
from tests.zreplay.example_quotes import make_block
from zreplay.historical.place_check import CHECKED_BYTES, PlaceCheck
from zreplay.quotes.block import EMPTY, Block
from zreplay.recordings.index.entries import FirstRow
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

START = 1000
BLOCK = make_block([7_000_000, 8_000_000])
ROW = FirstRow(6_000_000, 7_000_000)


def parsed(block: Block, end: int = START + 100) -> Parsed:
    none = np.array([], np.int64)
    source = SourceBlock(block, FilePlace(START, 1), FilePlace(end, 2), none, none)
    return Parsed(source, [])


@pytest.mark.parametrize(
    "expected, found, is_wrong",
    [
        (ROW, parsed(BLOCK), False),
        (ROW, parsed(BLOCK.take(slice(1, None))), True),
        (None, parsed(BLOCK), True),
        (ROW, None, True),
        (ROW, InputError("damaged"), True),
        (ROW, parsed(EMPTY, START + CHECKED_BYTES + 1), True),
    ],
)
def test_another_row_no_row_and_a_changed_file_are_wrong(
    expected: FirstRow | None, found: Parsed | InputError | None, is_wrong: bool
) -> None:
    check = PlaceCheck({3: expected, 5: ROW})

    assert 3 == check.next_file
    assert is_wrong is check.is_wrong(3, START, found)
    assert 5 == check.next_file


def test_where_no_row_stands_yet_it_looks_on() -> None:
    check = PlaceCheck({3: ROW})

    assert None is check.is_wrong(3, START, parsed(EMPTY))
    assert 3 == check.next_file
    assert False is check.is_wrong(3, START, parsed(BLOCK))
    assert None is check.next_file
