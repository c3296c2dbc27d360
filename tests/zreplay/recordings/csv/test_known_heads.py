"""A head is that of one file as it was: another file, or the same written to, has none."""

from pathlib import Path

import pytest

from tests.object_server import stored_objects
from tests.zreplay.recordings.csv.csv_lines import OURS
from zreplay.recordings import recording_kind
from zreplay.recordings.csv import first_lines
from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.csv.known_heads import Head, KnownHeads
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.index.file_identity import Stamp
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.recording_kind import open_recording

HEADER = "timestamp,ticker,ask_price,bid_price,latency\n"
STAMP = Stamp(1, 2, 3, 4, 5)
HEAD = Head(9, 1, OURS)


def test_a_head_is_of_one_stamp_and_of_what_was_said() -> None:
    heads, path = KnownHeads(), "a.csv"
    heads.note(path, NOTHING_SAID, STAMP, HEAD)
    others = [
        FormatOptions(**said)
        for said in (
            {"columns": {"ask_price": "a"}},
            {"format": "tardis"},
            {"delimiter": ";"},
            {"header": ("a", "b")},
            {"ticker": "T"},
            {"allow_negative": True},
            {"latency": "none"},
            {"path": "{date}/{ticker}.csv"},
        )
    ]

    assert HEAD is heads.find(path, NOTHING_SAID, STAMP)
    assert [None] * len(others) == [heads.find(path, said, STAMP) for said in others]
    assert heads.find("b.csv", NOTHING_SAID, STAMP) is None
    for other in range(len(STAMP)):
        changed = Stamp(*(part + (at == other) for at, part in enumerate(STAMP)))
        assert heads.find(path, NOTHING_SAID, changed) is None


def test_there_are_no_more_heads_than_files_that_can_be_merged() -> None:
    heads = KnownHeads(most=2)
    for name in "abc":
        heads.note(name, NOTHING_SAID, STAMP, HEAD)

    assert [None, None, HEAD] == [heads.find(name, NOTHING_SAID, STAMP) for name in "abc"]


def rows_of(path: Path) -> list[tuple[int, float]]:
    recording = open_recording(path, 3)
    unparsed = recording.cut(1000)
    assert unparsed is not None
    source = unparsed().source
    recording.close()
    times_ns, prices = source.block.timestamp_ns.tolist(), source.block.ask_price.tolist()
    assert ("byte", 2) == (source.unit, source.start.line)
    return list(zip(times_ns, prices, strict=True))


def test_a_file_that_is_opened_again_is_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_kind, "KNOWN_HEADS", KnownHeads())
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}1759449597,T,1,1,1\n")
    looked_at = []
    honest = layouts_of_line

    def noted(line: bytes, *arguments: object) -> object:
        looked_at.append(line)
        return honest(line, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(first_lines, "layouts_of_line", noted)

    assert [(1759449597_000_000_000, 1.0)] == rows_of(path) == rows_of(path)
    assert [HEADER.encode()] == looked_at


def test_a_file_that_was_written_to_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}1759449597,T,1,1,1\n")
    first = rows_of(path)
    path.write_text(f"{HEADER}1759449597000,T,1,1,1\n")
    again = rows_of(path)
    path.write_text("timestamp,ticker,bid_price,ask_price,latency\n1759449597000,T,1,2,1\n")

    assert [(1759449597_000_000_000, 1.0)] == first == again
    assert [(1759449597_000_000_000, 2.0)] == rows_of(path)


def test_a_file_that_is_closed_and_opened_again_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}1759449597,T,1,1,1\n")
    rows_of(path)
    recording = open_recording(path, 0)
    recording.close()
    path.write_text(f"{HEADER}1759449597000,T,1,1,1\n1759449597000,T,1,1,1\n")
    recording.open()
    unparsed = recording.cut(1000)

    assert unparsed is not None
    assert 2 == len(unparsed().source.block)
    recording.close()


def test_an_object_of_a_store_is_looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = KnownHeads()
    monkeypatch.setattr(recording_kind, "KNOWN_HEADS", heads)
    with stored_objects() as store:
        store.objects["a.csv"] = f"{HEADER}1759449597,T,1,1,1\n".encode()
        path = ObjectPath("s3://bucket/a.csv")
        open_recording(path, 0).close()

    assert {} == heads._heads
