"""The rows of a file are those of the run; looking ahead takes none of them."""

import os
import sys
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.historical import parse_ahead
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.file_rows import FileRows
from zreplay.historical.latency_model import LatencyModel
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace
from zreplay.recordings.standard_input import StandardInput

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


def test_what_is_piped_in_is_not_waited_for_before_it_is_asked_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    monkeypatch.setattr(StandardInput, "_is_begun", False)
    readable, writable = os.pipe()
    os.write(writable, path.read_bytes())
    os.close(writable)
    with os.fdopen(readable) as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        rows = FileRows([STANDARD_INPUT, path])
        for _ in range(3):
            rows.next(0)
            rows.go_ahead(0, lambda most: [0, 1])
        begun = any(rows._blocks._ahead)
        rows.close()

    assert not begun


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


@pytest.mark.parametrize("few_files", [0, 16])
def test_what_is_unchanged_is_carried_forward_only_by_who_reads_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    mine, path = tmp_path / "mine.toml", tmp_path / "a.csv"
    mine.write_text(
        '[columns]\ntimestamp = "t"\nticker = "s"\nask_price = "a"\nbid_price = "b"\n'
        '[time]\nform = "iso"\n[prices]\nempty = "unchanged"\n'
    )
    path.write_text("t,s,a,b\n2025-10-02 00:00:00,A,2,1\n2025-10-02 00:00:01,A,,3\n")
    columns = FormatOptions(format=str(mine))
    carrying = taken(FileRows([path], columns=columns, carries=True))
    refused = FileRows([path], columns=columns).next(0)

    prices = [ask for parsed in carrying for ask in parsed.source.block.ask_price.tolist()]
    assert [2.0, 2.0] == prices
    assert isinstance(refused, InputError)
    assert f"zreplay convert {path}" in refused.fix


@pytest.mark.parametrize("few_files", [0, 16])
def test_a_file_that_begins_with_rejected_rows_alone_ends_with_the_first_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_files: int
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 40)
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "junk\n" * 30 + row(1))
    rows = FileRows([path], most_rejected=30, max_jump_ns=DAY_NS)
    parts = []
    while isinstance(parsed := rows.next(0), Parsed):
        parts.append(parsed)
    rows.close()

    assert isinstance(parsed, InputError)
    assert "Z411" == parsed.code
    assert "its first 30 rows are all rejected; line 2: 'junk'" in parsed.what
    assert (0, 30) == (
        sum(len(each.source.block) for each in parts),
        sum(len(each.rejections) for each in parts),
    )
    one_more = taken(FileRows([path], most_rejected=31, max_jump_ns=DAY_NS))
    assert (1, 30) == (
        sum(len(each.source.block) for each in one_more),
        sum(len(each.rejections) for each in one_more),
    )


def test_a_file_of_few_rejected_rows_alone_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "junk\n" * 3)

    assert 3 == sum(len(each.rejections) for each in taken(FileRows([path], most_rejected=4)))


def test_a_file_that_is_gone_on_with_is_not_judged_by_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + row(1) + "junk\n" * 3)
    place = FilePlace(len(HEADER) + len(row(1)), 3)
    begin = OrderCursor.of((0, 0), [Resume(place, None)])

    assert 3 == sum(
        len(each.rejections) for each in taken(FileRows([path], begin=begin, most_rejected=2))
    )
