"""What a reading comes by is counted by file; a time no market had is told once."""

import numpy as np
import pytest

from zreplay.historical.file_notes import FileNotes, far_time_ns
from zreplay.quotes.block import EMPTY
from zreplay.recordings.csv.judged_rows import block_of_rows
from zreplay.recordings.csv.line_rows import Row
from zreplay.recordings.source_block import NO_NOTES, FilePlace, RowNotes, SourceBlock

PLACE = FilePlace(0, 1)
NONE = np.array([], np.int64)
YEAR_1990, YEAR_2100 = 631_152_000 * 10**9, 4_102_444_800 * 10**9
IN_2025 = 1_759_449_597 * 10**9


def source(*times_ns: int, notes: RowNotes = NO_NOTES) -> SourceBlock:
    rows = [Row(at, -1, at, 0.0, 1.0, 2.0, 1.0, 1.0, "A") for at in times_ns]
    block = block_of_rows(rows, list(range(len(rows)))) if rows else EMPTY
    return SourceBlock(block, PLACE, PLACE, NONE, NONE, notes=notes)


def test_counts_are_of_each_file_and_of_all() -> None:
    notes = FileNotes()
    for number, counts in ((0, RowNotes(1)), (1, RowNotes(2, 3, 4)), (0, RowNotes(5, 0, 6))):
        notes.add(number, source(notes=counts))

    assert (RowNotes(6, 0, 6), RowNotes(2, 3, 4), RowNotes()) == tuple(map(notes.of, range(3)))
    assert RowNotes(8, 3, 10) == notes.total


@pytest.mark.parametrize(
    ("times_ns", "expected"),
    [
        ((YEAR_1990, YEAR_2100 - 1), None),
        ((YEAR_1990 - 1, IN_2025), YEAR_1990 - 1),
        ((IN_2025, YEAR_2100), YEAR_2100),
    ],
)
def test_a_time_is_far_before_1990_and_from_2100_on(
    times_ns: tuple[int, int], expected: int | None
) -> None:
    assert expected == far_time_ns(*times_ns)


def test_the_first_far_time_is_told_once() -> None:
    notes = FileNotes()

    assert [False, False, True, False] == [
        notes.add(0, each)
        for each in (source(), source(IN_2025), source(IN_2025, 1759449597), source(1))
    ]
    assert 1759449597 == notes.far_ns
