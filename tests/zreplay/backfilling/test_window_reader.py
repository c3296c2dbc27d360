"""The quotes of a window, and how far its files are read for them."""

import gc
import weakref
from pathlib import Path

import pytest

from protocol.errors import InputError
from tests.zreplay.backfilling.recordings import HEADER, MS, rules
from zreplay.backfilling.file_reading import FileTask
from zreplay.backfilling.window_reader import WindowReader
from zreplay.historical import parse_ahead
from zreplay.historical.left_out import LeftOut
from zreplay.historical.selection import Selection, Window

ROW = len("1970-01-01 00:00:00.010,5,A,1,1,1,1\n")


def recording(path: Path, times_ms: range) -> Path:
    rows = (f"1970-01-01 00:00:00.{ms:03d},5,A,1,1,1,1\n" for ms in times_ms)
    path.write_text(HEADER + "".join(rows))
    return path


def task(path: Path, number: int = 0, *, is_home: bool = True) -> FileTask:
    return FileTask(number, path, 0, (0,), frozenset({0} if is_home else ()), None)


def arrivals_ms(reader: WindowReader) -> list[int]:
    found = [ns // MS for block in reader.blocks() for ns in block.arrival_ns.tolist()]
    reader.close()
    return found


def test_the_quotes_of_all_files_come_in_order_of_arrival(tmp_path: Path) -> None:
    files = [
        task(recording(tmp_path / "even.csv", range(10, 50, 2)), 0),
        task(recording(tmp_path / "odd.csv", range(11, 50, 2)), 1),
    ]

    assert list(range(20, 30)) == arrivals_ms(
        WindowReader(files, Window(20 * MS, 30 * MS), rules(reorder_ns=0))
    )


@pytest.mark.parametrize(("is_home", "expected"), [(True, [900]), (False, [])])
def test_a_file_is_read_on_behind_the_window_only_where_it_is_at_home(
    is_home: bool, expected: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 4 * ROW)
    path = recording(tmp_path / "a.csv", range(10, 900))
    with path.open("a") as file:
        file.write("bad\n")
    reader = WindowReader([task(path, is_home=is_home)], Window(None, 30 * MS), rules(reorder_ns=0))

    assert list(range(15, 30)) == arrivals_ms(reader)
    at_home = [report.newest_ns is not None for report in reader.piece_reports()]
    assert [True] * is_home == at_home
    assert [HEADER.count("\n") + 891] * is_home == [each.rejection.line for each in reader.rejected]


def test_what_was_asked_for_ends_the_window_too(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.csv", range(10, 50))
    asked = rules(reorder_ns=0, selection=Selection(from_ns=22 * MS, to_ns=25 * MS))

    assert [22, 23, 24] == arrivals_ms(WindowReader([task(path)], Window(20 * MS, None), asked))


def test_a_late_row_ends_it_or_is_rejected(tmp_path: Path) -> None:
    path = recording(tmp_path / "a.csv", range(10, 50))
    with path.open("a") as file:
        file.write("1970-01-01 00:00:00.001,5,A,1,1,1,1\n")
    reject = WindowReader([task(path)], Window(None, 20 * MS), rules(reorder_ns=0, late="reject"))
    stop = WindowReader([task(path)], Window(None, 20 * MS), rules(reorder_ns=0))

    assert list(range(15, 20)) == arrivals_ms(reject)
    assert ["Z108"] == [each.rejection.code for each in reject.rejected]
    with pytest.raises(InputError, match="is late"):
        list(stop.blocks())
    stop.close()


def test_more_files_than_are_opened_at_once_are_read_in_their_turn(tmp_path: Path) -> None:
    count = parse_ahead.FEW_FILES + 4
    files = [
        task(recording(tmp_path / f"{number}.csv", range(10 * number, 10 * number + 10)), number)
        for number in range(count)
    ]

    found = arrivals_ms(WindowReader(files, Window(None, None), rules()))

    assert list(range(5, 10 * count + 5)) == found


def test_what_is_left_out_counts_in_the_window_and_not_where_it_is_warmed_up(
    tmp_path: Path,
) -> None:
    files = [task(recording(tmp_path / f"{name}.csv", range(10, 50)), name) for name in (0, 1)]
    asked = rules(reorder_ns=0, selection=Selection(dedupe=True), warmup_ns=10 * MS)
    reader = WindowReader(files, Window(20 * MS, 40 * MS), asked)

    assert list(range(20, 40)) == arrivals_ms(reader)
    assert LeftOut(repeated=10) == reader.left_out


@pytest.mark.parametrize("reads_ahead", [False, True])
def test_what_was_read_is_let_go_of_at_once_and_not_by_a_collection(
    reads_ahead: bool, tmp_path: Path
) -> None:
    file = task(recording(tmp_path / "a.csv", range(10, 50)))
    reader = WindowReader([file], Window(None, None), rules(reads_ahead=reads_ahead))
    names = weakref.ref(reader._rows._files)
    gc.disable()
    try:
        assert 40 == len(arrivals_ms(reader))
        del reader
        assert names() is None
    finally:
        gc.enable()
