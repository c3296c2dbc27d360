"""Files whose turn has not come are known by their heads, of which no row is lost."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from protocol.compiled_parts import ROWS, are_in_use
from zreplay.historical import parse_ahead
from zreplay.historical.file_heads import LOOKS_AT_A_HEAD, expect_heads, first_arrival_ns
from zreplay.historical.file_rows import FileRows
from zreplay.ordering.arrival_order import ArrivalOrder
from zreplay.ordering.order_cursor import Resume
from zreplay.recordings.recording import Parsed, Recording
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.source_block import FilePlace

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
MIDNIGHT_NS = 1_759_363_200 * 10**9
MS_NS = 1_000_000


def row(second: int, latency_ms: int = 10) -> str:
    return f"2025-10-02 00:00:{second:02d},T,1,2,1,1,{latency_ms}\n"


@pytest.fixture(autouse=True)
def in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 60)
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    monkeypatch.setattr("zreplay.historical.files_in_turn.open_recording", costly_recording)


def costly_recording(*arguments: Any) -> Recording:
    recording = open_recording(*arguments)
    recording.holds_resources = True
    return recording


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Return three files that follow one another; the second begins with what is no quote."""
    paths = [tmp_path / name for name in "abc"]
    paths[0].write_text(HEADER + "".join(map(row, range(9))))
    paths[1].write_text(HEADER + "junk\n" * 30 + "".join(map(row, range(20, 29))))
    paths[2].write_text(HEADER + "".join(map(row, range(40, 49))))
    return paths


def new_order(paths: Sequence[Path]) -> ArrivalOrder:
    names = [str(path) for path in paths]
    return ArrivalOrder(names, horizon_ns=0, late="stop", max_rows=1000, group_rows=0)


def rows_left(rows: FileRows, number: int) -> int:
    count = 0
    while isinstance(parsed := rows.next(number), Parsed):
        count += len(parsed.source.block)
    return count


def test_the_file_that_begins_first_is_read_first_and_the_others_wait_closed(
    paths: list[Path],
) -> None:
    rows, order = FileRows(paths[::-1]), new_order(paths[::-1])
    expect_heads(rows, order, [])

    assert (2, 0) == (order.next_file(), rows._files.open_count)
    assert [9, 9, 9] == [rows_left(rows, number) for number in range(3)]
    rows.close()


def test_a_file_that_goes_on_in_its_midst_is_not_looked_at(paths: list[Path]) -> None:
    rows = FileRows(paths)
    begun = Resume(FilePlace(len(HEADER), 2), MIDNIGHT_NS)
    expect_heads(rows, new_order(paths), [begun] * 3)

    assert (0, {}) == (rows._files.open_count, rows._looked_at)
    rows.close()


def test_no_more_than_so_many_blocks_are_looked_at_for_a_head(paths: list[Path]) -> None:
    paths[1].write_text(HEADER + ("junk" * 20 + "\n") * 2 * LOOKS_AT_A_HEAD + row(5))
    rows, order = FileRows(paths), new_order(paths)
    expect_heads(rows, order, [])

    assert LOOKS_AT_A_HEAD == len(rows._looked_at[1])
    assert 1 == order.next_file(), "nobody knows where it begins"
    rows.close()


@pytest.mark.parametrize("few_files", [0, 16])
def test_the_first_arrival_is_that_of_all_files_and_every_row_is_still_there(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    rows = FileRows(paths[::-1])

    assert MIDNIGHT_NS + 10 * MS_NS == first_arrival_ns(rows, new_order(paths[::-1]))
    assert [9, 9, 9] == [rows_left(rows, number) for number in range(3)]
    rows.close()


def test_of_files_without_rows_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER)
    rows = FileRows([path])

    assert first_arrival_ns(rows, new_order([path])) is None
    rows.close()


def held_in(folder: Path) -> list[str]:
    """Return the files of a folder of which this process holds a descriptor."""
    held = [os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    return sorted(os.path.basename(path) for path in held if path.startswith(str(folder)))


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.skipif(not are_in_use(ROWS), reason="only compiled code reads several files as one")
@pytest.mark.parametrize(
    ("begins", "kept"),
    [
        ([0, 1, 2, 3], "abcd"),
        ([0, 20, 30, 40], "a"),
        ([40, 30, 20, 0], "d"),
        ([0, 1, 30, 31], "ab"),
    ],
)
def test_files_that_are_read_on_soon_keep_their_descriptors(
    begins: list[int], kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.historical.files_in_turn.open_recording", open_recording)
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 6 * len(row(0)))
    paths = [tmp_path / name for name in "abcd"]
    for path, begin in zip(paths, begins, strict=True):
        path.write_text(HEADER + "".join(map(row, range(begin, begin + 8))))
    rows, order = FileRows(paths), new_order(paths)
    expect_heads(rows, order, [])

    assert [*kept] == held_in(tmp_path)
    rows.close()
    assert [] == held_in(tmp_path)
