"""The summary says what was written, and what is not the same when it is replayed."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from protocol.errors import EXIT_DONE, EXIT_EMPTY, EXIT_INTERRUPTED, EXIT_ROWS_REJECTED
from tests.zreplay.conversion.converted import settings_of
from zreplay.commands import convert_command
from zreplay.commands.convert_command import convert_files, summary
from zreplay.conversion.converter import Conversion
from zreplay.historical.left_out import NOTHING, LeftOut
from zreplay.recordings.source_block import NO_NOTES, RowNotes

HEADER = "timestamp,ticker,ask_price,bid_price,latency\n"
DONE = Conversion(
    is_complete=True,
    quotes=1_000,
    blank=0,
    rejected=0,
    notes=NO_NOTES,
    left_out=NOTHING,
    files=1,
    size_bytes=12_345,
    seconds=2.0,
    has_latency=True,
    negative_prices=0,
    tied=None,
    needs=[],
)
SETTINGS = settings_of(Path("in.csv"), to=Path("out.parquet"))


def lines_of(found: Conversion) -> list[str]:
    return summary(found, SETTINGS).splitlines()


def test_without_anything_odd_it_is_two_lines() -> None:
    assert [
        "done in 2.0 s: 1,000 quotes, 500 a second",
        "quotes:        out.parquet (12,345 bytes)",
    ] == lines_of(DONE)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (replace(DONE, blank=3), "blank: a side is missing                 3"),
        (replace(DONE, has_latency=False), "latency                    none"),
        (replace(DONE, files=3), "files                                    3"),
        (replace(DONE, tied=7), "the order of 7 quotes that arrive with others of other tickers"),
        (replace(DONE, tied=0, files=40_000), "a run reads 32,768 files at most"),
        (replace(DONE, negative_prices=2), "2 quotes have a price below zero"),
        (replace(DONE, needs=["--reorder 30s"]), "a run of these files needs --reorder 30s"),
        (replace(DONE, notes=RowNotes(5)), "left out by the format                   5"),
        (replace(DONE, notes=RowNotes(0, 6)), "times the zone skips                     6"),
        (replace(DONE, notes=RowNotes(0, 0, 7)), "times the zone has twice                 7"),
        (replace(DONE, left_out=LeftOut(8)), "outside the session                      8"),
        (replace(DONE, left_out=LeftOut(0, 9)), "left out by --dedupe                     9"),
        (replace(DONE, rejected=4), "rejected rows: out.parquet.rejected.log"),
    ],
)
def test_what_is_odd_is_told(found: Conversion, expected: str) -> None:
    assert any(expected in line for line in lines_of(found))


def test_what_was_stopped_says_that_nothing_was_written() -> None:
    assert ["stopped before the end; out.parquet was not written"] == lines_of(
        replace(DONE, is_complete=False)
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [("", EXIT_DONE), ("2025-10-02 00:00:00,A,x,1,7\n", EXIT_ROWS_REJECTED)],
)
def test_rejected_rows_are_shown_and_make_the_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, expected: int
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}2025-10-02 00:00:00,A,2,1,7\n{rows}")
    settings = settings_of(path, to=tmp_path / "out.csv")

    assert expected == convert_files(settings, as_json=False)
    printed = capsys.readouterr().out
    assert bool(rows) == ("Z102" in printed)
    assert expected == convert_files(settings, as_json=True)
    fields = json.loads(capsys.readouterr().out)
    assert (True, 1, expected) == (fields["complete"], fields["quotes"], fields["rejected"])


def test_without_one_quote_it_exits_with_1_and_says_why_unless_that_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(HEADER)

    assert EXIT_EMPTY == convert_files(settings_of(path, to=out), as_json=True)
    told = capsys.readouterr()
    assert "not one quote was converted: there is not one row in the files" in told.err
    assert 0 == json.loads(told.out)["quotes"]
    assert 1 == len(out.read_text().splitlines())
    assert EXIT_DONE == convert_files(settings_of(path, to=out), as_json=True, may_be_empty=True)


def test_a_signal_ends_it_with_130_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stopped:
        requested = 1

        @classmethod
        def install(cls) -> "Stopped":
            return cls()

    monkeypatch.setattr(convert_command, "StopSignal", Stopped)
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}2025-10-02 00:00:00,A,2,1,7\n")

    settings = settings_of(path, to=tmp_path / "out.csv")
    assert EXIT_INTERRUPTED == convert_files(settings, as_json=True)
    assert not json.loads(capsys.readouterr().out)["complete"]
    assert [path] == list(tmp_path.iterdir())


def test_the_format_is_told_if_it_is_not_our_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("timestamp,ticker,ask_price,bid_price\n2025-10-02 00:00:00,A,2,1\n")
    convert_files(settings_of(path, to=tmp_path / "out.csv"), as_json=False)

    told = capsys.readouterr()
    assert "latency none" in told.err
    assert "latency                    none" in told.out
