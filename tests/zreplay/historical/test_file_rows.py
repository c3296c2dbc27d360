"""The rows of a file are those of the run; looking ahead takes none of them."""

from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.historical import parse_ahead
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.file_rows import FileRows
from zreplay.historical.latency_model import LatencyModel
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
DAY_NS = 86_400 * 1_000_000_000


def row(second: int, day: int = 2) -> str:
    return f"2025-10-{day:02d} 00:00:{second:02d},T,1,2,1,1,1\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 160)
    path = tmp_path / "a.csv"
    rows = [row(second) for second in range(40)]
    path.write_text(HEADER + "".join([*rows[:20], row(0, day=9), "junk\n", *rows[20:]]))
    return path


def taken(rows: FileRows, number: int = 0) -> list[Parsed]:
    found = []
    while isinstance(parsed := rows.next(number), Parsed):
        found.append(parsed)
    assert parsed is None
    rows.close()
    return found


def latencies(parts: list[Parsed]) -> list[float]:
    return [value for parsed in parts for value in parsed.source.block.latency_ms.tolist()]


def test_strays_are_set_aside_and_the_latency_is_the_modelled_one(path: Path) -> None:
    rows = FileRows([path], latency=LatencyModel("constant", 7.0), max_jump_ns=DAY_NS)
    parts = taken(rows)

    assert [7.0] * 40 == latencies(parts)
    assert [22, 23] == [rejection.line for parsed in parts for rejection in parsed.rejections]


@pytest.mark.parametrize("few_files", [0, 16])
def test_what_was_looked_at_is_taken_later_also_from_a_file_that_was_closed_meanwhile(
    path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    whole = [parsed.source.end for parsed in taken(FileRows([path], max_jump_ns=DAY_NS))]
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    rows = FileRows([path], max_jump_ns=DAY_NS)
    looked_at = [rows.look(0, at) for at in (0, 3, 1)]
    if rows.are_opened_in_turn:
        rows.close_for_now(0)
    parts = taken(rows)

    assert [parts[at] for at in (0, 3, 1)] == looked_at
    assert whole == [parsed.source.end for parsed in parts]


def test_what_follows_all_that_was_looked_at_is_taken_later_too(path: Path) -> None:
    whole = taken(FileRows([path], max_jump_ns=DAY_NS))
    rows = FileRows([path], max_jump_ns=DAY_NS)
    looked_at = [rows.look_on(0), rows.look(0), rows.look_on(0), rows.look_on(0)]
    parts = taken(rows)

    assert [parts[at] for at in (0, 0, 1, 2)] == looked_at
    assert [parsed.source.end for parsed in whole] == [parsed.source.end for parsed in parts]


@pytest.mark.parametrize("few_files", [0, 16])
def test_a_file_begins_again_with_its_first_row_and_what_was_accepted_before_counts_no_more(
    path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    whole = [parsed.source.end for parsed in taken(FileRows([path], max_jump_ns=DAY_NS))]
    place = FilePlace(len(HEADER + row(0) * 9), 11, 1_759_363_200 * 10**9 - 9 * DAY_NS)
    begin, indexes = OrderCursor.of((0, 0), [Resume(place, None)]), FileIndexes([path])
    rows = FileRows([path], begin=begin, max_jump_ns=DAY_NS, indexes=indexes)
    assert isinstance(rows.look_on(0), Parsed)
    rows._files[0].holds_resources = True
    if rows.are_opened_in_turn:
        rows.close_for_now(0)
    rows.begin_again(0)

    assert 0 == rows.offset(0)
    assert whole == [parsed.source.end for parsed in taken(rows)]


def test_a_file_goes_on_from_its_place_with_what_was_accepted_before(path: Path) -> None:
    path.write_text(HEADER + row(0) + row(1, day=4) + row(2) * 3)
    begin_at = len(HEADER + row(0))
    strays = []
    for accepted_ns in (None, 1_759_363_200 * 10**9, 1_759_363_200 * 10**9 + 2 * DAY_NS):
        place = FilePlace(begin_at, 3, accepted_ns)
        begin = OrderCursor.of((0, 0), [Resume(place, None)])
        parts = taken(FileRows([path], begin=begin, max_jump_ns=DAY_NS))
        strays.append(sum(len(parsed.rejections) for parsed in parts))

    assert [1, 1, 0] == strays


def test_few_files_are_open_from_the_start_and_what_is_none_is_said_then(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("this,is,none\n")
    with pytest.raises(InputError, match="no column"):
        FileRows([path, bad])
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 1)
    rows = FileRows([path, bad])

    assert 0 == rows._files.open_count
    assert isinstance(rows.next(0), Parsed)
    assert isinstance(rows.next(1), InputError)
    rows.close()
