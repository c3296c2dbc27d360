"""What a task sees of one file."""

from pathlib import Path

import numpy as np

from tests.zreplay.backfilling.recordings import HEADER, MS, parsed_of
from zreplay.backfilling.file_reading import FileReading, FileTask
from zreplay.backfilling.proof import PieceReport, StartReport
from zreplay.ordering.late_rows import NO_LATE_ROWS, LateRows
from zreplay.quotes.rejection import RowCode

START = len(HEADER)
ROW = len("1970-01-01 00:00:00.010,5,A,1,1,1,1\n")


def text(*times_ms: int) -> str:
    return "".join(f"1970-01-01 00:00:00.{ms:03d},5,A,1,1,1,1\n" for ms in times_ms)


def task(offsets: tuple[int, ...], homes: set[int], newest_ns: int | None = None) -> FileTask:
    return FileTask(3, Path("a.csv"), 0, offsets, frozenset(homes), newest_ns)


def test_the_home_is_read_once_the_last_piece_in_it_is(tmp_path: Path) -> None:
    parsed = parsed_of(tmp_path, text(10, 20, 30))
    within = FileReading(task((0, START + 3 * ROW), {0}))
    beyond = FileReading(task((0, START + 4 * ROW), {0}))
    to_the_end = FileReading(task((0,), {0}))
    none = FileReading(task((0,), set()))
    for reading in (within, beyond, to_the_end):
        reading.see(*parsed, NO_LATE_ROWS)

    found = [each.is_home_read for each in (within, beyond, to_the_end, none)]
    assert [True, False, False, True] == found


def test_a_piece_at_home_is_reported_by_its_own_rows_and_lines(tmp_path: Path) -> None:
    source, rejections = parsed_of(tmp_path, text(10, 40) + "\n" + text(30, 90))
    second, third = START + 2 * ROW + 1, START + 3 * ROW + 1
    reading = FileReading(task((0, second, third), {0, 1}))

    reading.see(source, rejections, NO_LATE_ROWS)

    assert [
        PieceReport(3, 0, 40 * MS, [(15 * MS, 45 * MS)], 4),  # the header and a blank line too
        PieceReport(3, 1, 30 * MS, [(35 * MS, 35 * MS)], 1),
    ] == reading.piece_reports()
    assert StartReport(3, 10 * MS, 15 * MS, False) == reading.start_report()


def test_a_late_row_arrives_nowhere_and_is_the_newest_all_the_same(tmp_path: Path) -> None:
    reading = FileReading(task((0,), {0}))
    late = LateRows(np.array([1]), np.array([0, 0]))

    reading.see(*parsed_of(tmp_path, text(10, 40)), late)

    assert [PieceReport(3, 0, 40 * MS, [(15 * MS, 15 * MS)], None)] == reading.piece_reports()


def test_only_rows_of_pieces_at_home_are_rejected_here(tmp_path: Path) -> None:
    lines = "first\n" + text(10) + "second\n" + text(20)
    reading = FileReading(task((0, START + 6 + ROW), {1}))

    rejected = reading.see(*parsed_of(tmp_path, lines), NO_LATE_ROWS)

    assert ["second"] == [lines[each.offset - START :].split("\n")[0] for each in rejected]


def test_strays_before_the_first_quote_are_told_and_those_behind_it_are_not(
    tmp_path: Path,
) -> None:
    source, _ = parsed_of(tmp_path, text(10, 20))
    (nonsense,) = parsed_of(tmp_path, "x\n")[1]
    before, behind = FileReading(task((0,), {0})), FileReading(task((0,), {0}))

    before.see(source, [nonsense._replace(offset=START - 1, code=RowCode.STRAY)], NO_LATE_ROWS)
    behind.see(source, [nonsense._replace(offset=START + ROW, code=RowCode.STRAY)], NO_LATE_ROWS)

    assert [True, False] == [each.start_report().is_after_strays for each in (before, behind)]


def test_what_is_late_goes_by_the_newest_timestamp_that_was_given(tmp_path: Path) -> None:
    source, _ = parsed_of(tmp_path, text(10, 20))
    newest_ns = 40 * MS

    known = FileReading(task((0,), {0}, newest_ns)).late(source.block, 20 * MS)
    unknown = FileReading(task((0,), {0})).late(source.block, 20 * MS)

    assert ([0], []) == (known.rows.tolist(), unknown.rows.tolist())


def test_what_was_read_before_decides_what_is_late_behind_it(tmp_path: Path) -> None:
    reading = FileReading(task((0,), {0}))
    reading.see(*parsed_of(tmp_path, text(90)), NO_LATE_ROWS)
    source, _ = parsed_of(tmp_path, text(10, 85))

    assert [0] == reading.late(source.block, 20 * MS).rows.tolist()
