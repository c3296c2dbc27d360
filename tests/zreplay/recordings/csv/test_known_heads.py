"""A head is that of one file as it was: another file, or the same written to, has none."""

import gzip
import io
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from protocol.errors import InputError
from tests.object_server import stored_objects
from tests.zreplay.recordings.csv.csv_lines import OURS
from zreplay.recordings import recording_kind
from zreplay.recordings.csv import first_lines
from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.csv.known_heads import Head, KnownFile, KnownHeads
from zreplay.recordings.file_stamp import Stamp
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.recording_kind import open_recording

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def zipped(text: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("a.csv", text)
    return held.getvalue()


PACKINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "zst": lambda text: zstd.compress(text, 3),
    "zip": zipped,
}
HEADER = "timestamp,ticker,ask_price,bid_price,latency\n"
STAMP = Stamp(1, 2, 3, 4, 5)
KNOWN = KnownFile(Head(9, 1, OURS))


def test_a_head_is_of_one_stamp_and_of_what_was_said() -> None:
    heads, path = KnownHeads(), "a.csv"
    heads.note(path, NOTHING_SAID, STAMP, KNOWN)
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

    assert KNOWN is heads.find(path, NOTHING_SAID, STAMP)
    assert [None] * len(others) == [heads.find(path, said, STAMP) for said in others]
    assert heads.find("b.csv", NOTHING_SAID, STAMP) is None
    for other in range(len(STAMP)):
        changed = Stamp(*(part + (at == other) for at, part in enumerate(STAMP)))
        assert heads.find(path, NOTHING_SAID, changed) is None


def test_there_are_no_more_heads_than_files_that_can_be_merged() -> None:
    heads = KnownHeads(most=2)
    for name in "abc":
        heads.note(name, NOTHING_SAID, STAMP, KNOWN)

    assert [None, None, KNOWN] == [heads.find(name, NOTHING_SAID, STAMP) for name in "abc"]


def rows_of(path: Path) -> list[tuple[int, float]]:
    recording = open_recording(path, 3)
    unparsed = recording.cut(1000)
    assert unparsed is not None
    source = unparsed().source
    recording.close()
    times_ns, prices = source.block.timestamp_ns.tolist(), source.block.ask_price.tolist()
    assert ("byte", 2) == (source.unit, source.start.line)
    return list(zip(times_ns, prices, strict=True))


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_that_is_opened_again_is_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    monkeypatch.setattr(recording_kind, "KNOWN_HEADS", KnownHeads())
    path = tmp_path / "a"
    path.write_bytes(PACKINGS[packing](f"{HEADER}1759449597,T,1,1,1\n".encode()))
    looked_at = []
    honest = layouts_of_line

    def noted(line: bytes, *arguments: object) -> object:
        looked_at.append(line)
        return honest(line, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(first_lines, "layouts_of_line", noted)

    assert [(1759449597_000_000_000, 1.0)] == rows_of(path) == rows_of(path)
    assert [HEADER.encode()] == looked_at


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_that_was_written_to_is_looked_at_again(tmp_path: Path, packing: str) -> None:
    path, packed = tmp_path / "a", PACKINGS[packing]
    path.write_bytes(packed(f"{HEADER}1759449597,T,1,1,1\n".encode()))
    first = rows_of(path)
    path.write_bytes(packed(f"{HEADER}1759449597000,T,1,1,1\n".encode()))
    again = rows_of(path)
    other = "timestamp,ticker,bid_price,ask_price,latency\n1759449597000,T,1,2,1\n"
    path.write_bytes(packed(other.encode()))

    assert [(1759449597_000_000_000, 1.0)] == first == again
    assert [(1759449597_000_000_000, 2.0)] == rows_of(path)


def test_a_file_that_is_packed_in_another_way_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    text = f"{HEADER}1759449597,T,1,1,1\n".encode()
    read = []
    for packed in [*PACKINGS.values(), *list(PACKINGS.values())[::-1]]:
        path.write_bytes(packed(text))
        read.append(rows_of(path))

    assert [[(1759449597_000_000_000, 1.0)]] * 8 == read


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_what_is_known_of_a_packed_file_hides_no_damage(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "a"
    rows = b"".join(b"1759449597,T,1,1,%d\n" % number for number in range(20_000))
    packed = PACKINGS[packing](HEADER.encode() + rows)
    path.write_bytes(packed[: len(packed) // 2])

    def read() -> list[object]:
        given: list[object] = []
        with closing(open_recording(path, 0)) as recording:
            try:
                while (unparsed := recording.cut(10_000)) is not None:
                    source = unparsed().source
                    given.append((source.start, source.end, source.block.latency_ms.tolist()))
            except InputError as error:
                given.append(str(error))
        return given

    first, again = read(), read()

    assert first == again
    assert len(first) > 2
    assert "is cut off" in str(first[-1])


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

    assert {} == heads._found
