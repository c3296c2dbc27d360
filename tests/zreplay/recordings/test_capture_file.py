"""A capture is replayed with the measured latency, as if a CSV had held it."""

import json
from pathlib import Path

import pytest

from protocol.errors import InputError, SettingsError
from zreplay.historical import parse_ahead
from zreplay.historical.historical_source import HistoricalSource
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.segment_head import name_of
from zreplay.recordings.capture_file import CaptureFile
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.regular_file import size_of
from zreplay.recordings.source_block import FilePlace

TIME = 1_759_363_200_000_000_000


def message(index: int, price: object = 1.5) -> bytes:
    quote = {"timestamp": f"2025-10-02 00:00:{index:02d}", "ticker": "A", "index": index}
    return json.dumps({**quote, "ask_price": 2, "bid_price": price}).encode()


def write(path: Path, *groups: list[Captured]) -> Path:
    writer = CaptureWriter(path, 10**9)
    for group in groups:
        assert writer.append(group) is None
    writer.close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a capture of six quotes, the fifth one bad; two came in one message."""
    both = b"[" + message(2) + b"," + message(3) + b"]"
    return write(
        tmp_path / "capture.log",
        [
            Captured(RecordKind.CONNECTED, TIME, b"ws://a"),
            Captured(RecordKind.MESSAGE, TIME + 5, message(0)),
        ],
        [Captured(RecordKind.MESSAGE, TIME + 1_000_000_000 - 7, message(1))],
        [
            Captured(RecordKind.DISCONNECTED, TIME, b""),
            Captured(RecordKind.MESSAGE, TIME + 4 * 10**9, both),
        ],
        [
            Captured(RecordKind.MESSAGE, TIME, message(4, "x")),
            Captured(RecordKind.MESSAGE, TIME, message(5)),
        ],
    )


def test_the_latency_is_from_the_timestamp_to_the_moment_it_came(path: Path) -> None:
    file = CaptureFile(path, 3)
    sources = []
    rejections = []
    while (unparsed := file.cut(10)) is not None:
        source, refused = unparsed()
        sources.append(source)
        rejections += refused
    file.close()

    latencies = [ms for source in sources for ms in source.block.latency_ms.tolist()]
    assert [5e-6, -7e-6, 2000.0, 1000.0, -5000.0] == latencies
    arrivals = [ns for source in sources for ns in source.block.arrival_ns.tolist()]
    assert [5, 10**9 - 7, 4 * 10**9, 4 * 10**9, 0] == [ns - TIME for ns in arrivals]
    assert {3} == {at >> 48 for source in sources for at in source.block.position.tolist()}
    assert [(str(path), "bid_price", "x")] == [(r.file, r.column, r.value) for r in rejections]


def test_it_is_replayed_in_order_of_arrival_and_from_any_cursor_on(path: Path) -> None:
    def indexes(cursor: bytes = b"") -> tuple[list[int], list[bytes]]:
        source = HistoricalSource(
            [path],
            horizon_ns=10**10,
            late="stop",
            max_rows=100,
            reject=lambda _: None,
            cursor=cursor,
        )
        pieces = list(iter(source.read, None))
        source.close()
        cursors = [p.cursor_after(row + 1) for p in pieces for row in range(len(p.block))]
        return [index for p in pieces for index in p.block.index.tolist()], cursors

    whole, cursors = indexes()

    assert [5, 0, 1, 2, 3] == whole
    for number, cursor in enumerate(cursors):
        assert whole[number + 1 :] == indexes(cursor)[0]


def test_reading_goes_on_from_any_stretch(path: Path) -> None:
    file = CaptureFile(path, 0)
    places: list[FilePlace] = []
    while True:
        places.append(file.place)
        if file.cut(10) is None:
            break
    file.seek(places[2])
    unparsed = file.cut(10)
    file.close()

    assert unparsed is not None
    assert [2, 3] == unparsed().source.block.index.tolist()


def test_a_torn_end_is_the_end_and_damage_is_an_error(path: Path) -> None:
    segment = path / name_of(0)
    data = segment.read_bytes()
    segment.write_bytes(data[:-10])
    file = CaptureFile(path, 0)
    assert 3 == len(list(iter(lambda: file.cut(10), None)))
    file.close()

    segment.write_bytes(data[:96] + b"\xff" + data[97:])
    with pytest.raises(InputError, match="damaged: the group at byte"):
        list(iter(lambda: file.cut(10), None))
    file.close()


def test_the_first_arrival_is_known_and_the_last_is_not(path: Path) -> None:
    file = CaptureFile(path, 0)

    assert (TIME + 5, None) == file.ends()
    assert CaptureFile(path, 0).place == file.place
    assert 1.0 == file.share(size_of(path))
    file.close()


def test_its_columns_cannot_be_called_otherwise(path: Path) -> None:
    with pytest.raises(SettingsError, match="its columns have the names"):
        CaptureFile(path, 0, FormatOptions({"bid_price": "bid"})).open()


def test_its_prices_may_be_below_zero_where_that_is_allowed(path: Path) -> None:
    file = CaptureFile(path, 0, FormatOptions(allow_negative=True))
    file.open()

    assert file.cut(1 << 20) is not None


def test_its_latency_was_measured_and_cannot_be_none(path: Path) -> None:
    with pytest.raises(SettingsError, match="was measured"):
        CaptureFile(path, 0, FormatOptions(latency="none")).open()


def times(*stamps: str) -> bytes:
    """Return a message of one quote for each of these times."""
    quote = json.loads(message(0))
    return json.dumps(
        [{**quote, "index": n, "timestamp": t} for n, t in enumerate(stamps)]
    ).encode()


def test_a_stray_is_set_aside_and_a_resume_begins_at_a_whole_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 10)
    far, near = "2099-01-01 00:00:00", [f"2025-10-02 00:00:{second:02d}" for second in range(40)]
    messages = [[far, near[0], far], [near[1], far, near[2]]]
    messages += [[stamp] for stamp in near[3:12]] + [[near[12], far], near[13:16]]
    messages += [[stamp] for stamp in near[16:40]]
    captured = [
        Captured(RecordKind.MESSAGE, TIME + at, times(*each)) for at, each in enumerate(messages)
    ]
    path = write(tmp_path / "capture.log", *(captured[at : at + 2] for at in range(0, 37, 2)))

    def read(cursor: bytes = b"") -> tuple[list[int], list[int], list[bytes]]:
        refused: list[int] = []
        source = HistoricalSource(
            [path],
            horizon_ns=3600 * 10**9,
            late="stop",
            max_rows=100,
            reject=lambda rejection: refused.append(rejection.offset),
            cursor=cursor,
            max_jump_ns=86_400 * 10**9,
        )
        pieces = list(iter(source.read, None))
        source.close()
        cursors = [p.cursor_after(row + 1) for p in pieces for row in range(len(p.block))]
        return [ns for p in pieces for ns in p.block.timestamp_ns.tolist()], refused, cursors

    whole, refused, cursors = read()

    assert {TIME + second * 10**9 for second in range(40)} == set(whole)
    assert (40, 4) == (len(whole), len(refused))
    for number, cursor in enumerate(cursors):
        again, refused_again, _ = read(cursor)
        assert whole[number + 1 :] == again
        assert set(refused_again) <= set(refused)


def test_a_stray_is_not_the_first_arrival(tmp_path: Path) -> None:
    stamps = ["2099-01-01 00:00:00", *["2025-10-02 00:00:00"] * 20]
    path = write(
        tmp_path / "capture.log",
        [Captured(RecordKind.MESSAGE, TIME + n, times(stamp)) for n, stamp in enumerate(stamps)],
    )
    file = CaptureFile(path, 0)

    assert TIME + 1 == file.ends(86_400 * 10**9)[0]
    assert TIME == file.ends()[0]
    file.close()


@pytest.mark.parametrize(
    ("timestamp", "recv_ns"),
    [
        ("1700-01-01 00:00:00", TIME),
        ("2262-04-11 23:47:16.854775807", -(2**62)),
        ("1970-01-01 00:00:00", -(2**63)),
        # A float of so many nanoseconds is exact to 1024 of them only.
        ("1969-12-31 23:59:59.999994000", 2**63 - 1),
        ("1969-12-31 23:59:59.999995000", -(2**63)),
    ],
)
def test_a_latency_of_more_than_64_bits_is_a_rejection(
    tmp_path: Path, timestamp: str, recv_ns: int
) -> None:
    odd = json.dumps({**json.loads(message(1)), "timestamp": timestamp}).encode()
    path = write(
        tmp_path / "odd.log",
        [
            Captured(RecordKind.MESSAGE, TIME, message(0)),
            Captured(RecordKind.MESSAGE, recv_ns, odd),
        ],
    )
    file = CaptureFile(path, 3)
    unparsed = file.cut(10_000)
    assert unparsed is not None
    source, (rejection,) = unparsed()
    file.close()

    assert [0] == source.block.index.tolist()
    assert (str(path), "timestamp", "Z105") == (rejection.file, rejection.column, rejection.code)
    assert "outside of 64 bits" in rejection.reason
