"""A file is expected to have as many blocks as the one that ended last."""

import numpy as np

from zreplay.historical.expected_ends import ExpectedEnds
from zreplay.quotes.block import EMPTY
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

NONE = np.array([], np.int64)
BLOCK = Parsed(SourceBlock(EMPTY, FilePlace(0, None), FilePlace(0, None), NONE, NONE), [])


def of(*blocks: int) -> ExpectedEnds:
    """Return what is expected where so many blocks of files were given, the last one's end too."""
    ends = ExpectedEnds(len(blocks) + 1)
    for number, count in enumerate(blocks):
        for _ in range(count):
            ends.noted(number, BLOCK)
    ends.noted(len(blocks) - 1, None)
    return ends


def test_nothing_is_expected_while_no_file_has_ended() -> None:
    ends = ExpectedEnds(2)
    ends.noted(0, BLOCK)

    assert [False] * 3 == [ends.is_likely(0, begun) for begun in (0, 1, 2)]


def test_what_is_given_and_what_is_begun_count_together() -> None:
    ends = of(4, 2)
    ends.noted(2, BLOCK)

    assert [False, True, False] == [ends.is_likely(2, begun) for begun in (0, 1, 2)]


def test_the_file_that_ended_last_decides() -> None:
    ends = of(2, 3)
    ends.noted(0, None)

    assert [True, False] == [ends.is_likely(2, begun) for begun in (2, 3)]


def test_what_is_noted_is_returned() -> None:
    ends = ExpectedEnds(1)

    assert [BLOCK, None] == [ends.noted(0, BLOCK), ends.noted(0, None)]
