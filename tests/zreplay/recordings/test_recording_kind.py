"""A recording is what its first bytes are, whatever its name."""

import gzip
import io
import os
import sys
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from protocol.errors import InputError
from tests.object_server import stored_objects
from zreplay.live.segment_head import MAGIC
from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.recording_kind import gzip_text, open_recording
from zreplay.recordings.standard_input import StandardInput

CSV = (
    b"index,timestamp,ticker,ask_amount,ask_price,best_bid,bid_amount,latency\n"
    b"7,2025-10-02 00:00:00,T,1,1,0.5,1,1\n"
)
COLUMNS = FormatOptions({"bid_price": "best_bid"})


def zstd(data: bytes) -> bytes:
    compressed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return compressed


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.zst", "a"])
@pytest.mark.parametrize(
    "content",
    [
        CSV,
        gzip.compress(CSV),
        gzip.compress(CSV[:9]) + gzip.compress(CSV[9:]) + bytes(512),
        zstd(CSV),
        b"\x50\x2a\x4d\x18" + bytes(4) + zstd(CSV[:9]) + zstd(CSV[9:]),
        b"\x5f\x2a\x4d\x18\x03\0\0\0pad" + zstd(CSV),
    ],
    ids=["plain", "gzip", "padded members", "zstd", "frames", "skippable"],
)
def test_it_is_what_its_first_bytes_say(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    recording = open_recording(tmp_path / name, 3, COLUMNS)
    unparsed = recording.cut(1000)
    recording.close()

    assert unparsed is not None
    block = unparsed().source.block
    assert ([7], [0.5], [3]) == (
        block.index.tolist(),
        block.bid_price.tolist(),
        (block.position >> 48).tolist(),
    )
    assert len(content) == recording.size_bytes


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    read_fd, write_fd = os.pipe()
    os.write(write_fd, CSV)
    os.close(write_fd)
    monkeypatch.setattr(StandardInput, "_is_begun", False)
    with io.FileIO(read_fd) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        recording = open_recording(STANDARD_INPUT, 0, COLUMNS)
        unparsed = recording.cut(1000)

    assert unparsed is not None
    assert [7] == unparsed().source.block.index.tolist()


def test_what_is_no_recording_is_refused_and_closed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"no header\n"))

    with pytest.raises(InputError, match="no column timestamp"):
        open_recording(tmp_path / "a", 0)


def test_a_compressed_file_that_is_damaged_before_its_first_row_says_so(tmp_path: Path) -> None:
    rows = b"timestamp,ticker,ask_price,bid_price\n" + b"x" * 100_000
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(rows, 0)[:60_000])
    recording = open_recording(path, 0)

    with pytest.raises(InputError) as damaged:
        while recording.cut(1 << 20) is not None:
            pass

    assert "Z408" == damaged.value.code
    recording.close()


def test_files_of_columns_that_are_read_together_number_their_names_once(tmp_path: Path) -> None:
    shared, read = SharedRows(), list[tuple[str, ...]]()
    tickers = [["B", "A"], ["A", "B", "A"], ["C", "A"], ["B"]]
    for number, names in enumerate(tickers):
        table = pa.table(
            {
                "timestamp": pa.array([*range(len(names))], pa.timestamp("ns")),
                "ticker": names,
                **dict.fromkeys(("ask_price", "bid_price", "latency"), [1.0] * len(names)),
            }
        )
        path = tmp_path / str(number)
        if number % 2:
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        else:
            pa_parquet.write_table(table, path)
        with closing(open_recording(path, number, shared=shared)) as recording:
            unparsed = recording.cut(1_000_000)
            assert unparsed is not None
            block = unparsed().source.block
        read.append(block.ticker_names)

        assert names == [block.ticker_names[code] for code in block.ticker_codes.tolist()]

    assert [("B", "A"), ("B", "A"), ("B", "A", "C"), ("B", "A", "C")] == read
    assert read[1] is read[0]
    assert read[3] is read[2]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no telling what is open")
def test_a_file_whose_head_is_known_is_not_opened_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    open_recording(path, 0).close()
    before = len(os.listdir("/proc/self/fd"))
    with closing(open_recording(path, 0, stamp=stamp_of(path))) as recording:
        descriptors = [len(os.listdir("/proc/self/fd"))]
        unparsed = recording.cut(1000)
        descriptors.append(len(os.listdir("/proc/self/fd")))

    assert [before, before + 1] == descriptors
    assert unparsed is not None
    assert [7] == unparsed().source.block.index.tolist()


def test_a_file_that_was_replaced_before_it_is_read_is_not_read(tmp_path: Path) -> None:
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    for each in (path, other):
        each.write_bytes(CSV)
    open_recording(path, 0).close()
    recording = open_recording(path, 0, stamp=stamp_of(path))
    other.replace(path)

    with closing(recording), pytest.raises(InputError, match="is no longer the file"):
        recording.cut(1000)


def test_an_object_of_a_store_is_no_capture() -> None:
    with stored_objects() as store:
        store.objects = {"c": MAGIC + bytes(99)}
        with pytest.raises(InputError, match="is a capture, which is read from a file only"):
            open_recording(ObjectPath("s3://bucket/c"), 0)


def test_the_text_of_a_gzip_is_that_of_a_csv_alone() -> None:
    rows = b"".join(b"%d\n" % number for number in range(20_000))
    capture = b'1723161253937085768 {"stream":"btcusdt@bookTicker"}\n' * 20

    assert rows.startswith(gzip_text(gzip.compress(rows)))
    assert 4096 <= len(gzip_text(gzip.compress(rows)))
    assert [b""] * 3 == [*map(gzip_text, (gzip.compress(capture), rows, b""))]
