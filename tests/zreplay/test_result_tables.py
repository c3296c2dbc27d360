"""What a run has written is read up to what is committed, and no further."""

import struct
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from msgspec.structs import replace

import zreplay
from protocol.commit import SLOT_BYTES, SLOT_COUNT
from protocol.errors import ResultLogError, SettingsError
from protocol.messages import Batch
from protocol.mids_schema import MIDS_SCHEMA as SCHEMA
from protocol.rotation import Rotation
from tests.zmid.processors.recorded import batch, loaded
from zmid.disk import Folder
from zmid.mid_rule import MidRule
from zmid.processors import Quotes, Table, Text, processor
from zmid.processors.computing import Loaded
from zmid.processors.mids_table import mids_table
from zmid.processors.processing import Processing
from zmid.result_log import NAMES, ResultLog
from zreplay.result_tables import mids_from

WHOLE = Rotation()
RULE = MidRule(20.0, "exchange")
TIMES = pa.schema({"record": pa.int64()})


@processor(Table("times.arrows", TIMES), Text("times.txt"))
def times(quotes: Quotes) -> tuple[pa.RecordBatch, bytes]:
    return pa.record_batch([quotes.record], schema=TIMES), b"text"


TABLES = [mids_table(RULE), loaded(times)]


class Sink:
    """A result log in a folder, which is given batches."""

    def __init__(self, folder: Path, processors: list[Loaded], rotation: Rotation = WHOLE) -> None:
        self._processing = Processing(
            processors, RULE, "worker", lambda *_: nullcontext(), lambda count: 0
        )
        self.disk = Folder(folder, NAMES)
        self.log = ResultLog(self.disk, rotation=rotation)
        self.log.adopt(bytes(16))
        self.log.commit_epoch(1)

    def commit(self, *batches: Batch) -> None:
        for each in batches:
            self.log.append(self._processing.results(each))


def test_all_that_is_committed_is_read_and_nothing_behind_it(tmp_path: Path) -> None:
    sink = Sink(tmp_path, TABLES)
    sink.commit(batch(3), batch(4, 1003))
    with (tmp_path / "mids.arrows").open("ab") as stream:
        stream.write(b"being written")
    read = zreplay.results(tmp_path).read_all()

    assert [*range(1000, 1007)] == read["record"].to_pylist()
    assert [record + 1.0 for record in range(1000, 1007)] == read["mid"].to_pylist()
    assert read["record"] == zreplay.results(tmp_path, "times.arrows").read_all()["record"]


def test_a_later_call_reads_on_while_the_run_goes_on(tmp_path: Path) -> None:
    sink = Sink(tmp_path, TABLES)
    counts = []
    for number in range(5):
        sink.commit(batch(3, 1000 + 3 * number))
        counts.append(zreplay.results(tmp_path).read_all().num_rows)

    assert [3, 6, 9, 12, 15] == counts


def test_a_slot_that_is_being_written_is_not_a_commit_yet(tmp_path: Path) -> None:
    sink = Sink(tmp_path, TABLES)
    sink.commit(batch(3), batch(4, 1003))
    last = sink.log.last
    assert last is not None
    place = last.number % SLOT_COUNT * SLOT_BYTES
    ring = bytearray((tmp_path / "commit.ring").read_bytes())
    ring[place + 20] ^= 1
    (tmp_path / "commit.ring").write_bytes(ring)

    assert 3 == zreplay.results(tmp_path).read_all().num_rows


@pytest.mark.parametrize(
    "options, records",
    [
        ({"tickers": "B"}, [1000, 1003]),
        ({"tickers": ["A", "C*"]}, [1001, 1002, 1004, 1005]),
        ({"start": 1003 * 10**9}, [1003, 1004, 1005]),
        ({"start": datetime(1970, 1, 1, 0, 16, 43, 1000)}, [1003, 1004, 1005]),
        ({"end": "1970-01-01 00:16:42"}, [1000, 1001]),
        ({"start": "1970-01-01 00:16:41", "tickers": "B"}, [1003]),
        ({"tickers": "none"}, []),
    ],
)
def test_rows_are_selected_by_ticker_and_arrival(
    tmp_path: Path, options: dict[str, object], records: list[int]
) -> None:
    Sink(tmp_path, TABLES).commit(batch(4), batch(2, 1004))
    read = zreplay.results(tmp_path, **options).read_all()

    assert (SCHEMA, records) == (read.schema, read["record"].to_pylist())


@pytest.mark.parametrize("sinks", [[], TABLES])
def test_before_the_first_commit_there_are_no_rows_of_the_table_to_come(
    tmp_path: Path, sinks: list[Loaded]
) -> None:
    Sink(tmp_path, sinks)
    read = zreplay.results(tmp_path, tickers="A", start=0).read_all()

    assert (SCHEMA, 0) == (read.schema, read.num_rows)


@pytest.mark.parametrize("count", [1, 5])
def test_without_a_table_the_log_is_read_and_what_is_missing_said(
    tmp_path: Path, count: int
) -> None:
    sink = Sink(tmp_path, [])
    sink.commit(replace(batch(count), mode="live"))
    with pytest.warns(UserWarning, match="no tickers; run with --table"):
        read = zreplay.results(tmp_path).read_all()

    expected = [(1000 + number) * 10**9 for number in range(count)]
    assert expected == read["timestamp"].cast(pa.int64()).to_pylist()
    assert [1001.0 + number for number in range(count)] == read["mid"].to_pylist()
    with (
        pytest.warns(UserWarning, match="--table"),
        pytest.raises(SettingsError, match="no column ticker"),
    ):
        zreplay.results(tmp_path, tickers="A")


def test_a_table_of_which_nothing_is_committed_is_empty(tmp_path: Path) -> None:
    @processor(Table("none.arrows", TIMES))
    def none(quotes: Quotes) -> pa.RecordBatch:
        return pa.record_batch([np.array([], np.int64)], schema=TIMES)

    Sink(tmp_path, [loaded(none)]).commit(batch(3))

    read = zreplay.results(tmp_path, "none.arrows").read_all()
    assert (TIMES, 0) == (read.schema, read.num_rows)


def test_what_is_no_output_is_named_with_those_there_are(tmp_path: Path) -> None:
    Sink(tmp_path, TABLES).commit(batch(3))
    with pytest.raises(SettingsError, match="has no output other") as caught:
        zreplay.results(tmp_path, "other")

    assert "mid_prices.log, errors.log, mids.arrows, times.arrows, times.txt" in caught.value.fix


def test_every_output_that_is_listed_is_read_with_its_columns_up_to_the_commit(
    tmp_path: Path,
) -> None:
    sink = Sink(tmp_path, TABLES)
    late = batch(4)
    latency = struct.pack("<4d", 1.0, 120.5, 20.0, 1e300)
    sink.commit(replace(late, columns=replace(late.columns, latency_ms=latency)))
    for name in ("mid_prices.log", "errors.log", "outputs/times.txt"):
        with (tmp_path / name).open("ab") as stream:
            stream.write(b"being written\n")
    listed = zreplay.outputs(tmp_path)
    read = {name: zreplay.results(tmp_path, name).read_all() for name in listed}

    assert listed == {name: table.schema for name, table in read.items()}
    assert {"line": [b"text"]} == read["times.txt"].to_pydict()
    assert (2, 4, 4) == tuple(
        len(read[name]) for name in ("mid_prices.log", "mids.arrows", "times.arrows")
    )
    errors = read["errors.log"]
    assert [120.5, 1e300] == errors["latency_ms"].to_pylist()
    assert [20.0, 20.0] == errors["threshold_ms"].to_pylist()
    assert [1001 * 10**9, 1003 * 10**9] == errors["timestamp"].cast(pa.int64()).to_pylist()


@pytest.mark.parametrize("text", [b"", b"one", b"one\ntwo\n", b"\n\n", b"\xff\n" * 3])
def test_a_text_is_its_lines(tmp_path: Path, text: bytes) -> None:
    @processor(Text("some.txt"))
    def some(quotes: Quotes) -> bytes:
        return text

    Sink(tmp_path, [loaded(some)]).commit(batch(3))

    assert text.splitlines() == zreplay.results(tmp_path, "some.txt").read_all()["line"].to_pylist()


@pytest.mark.parametrize("ring", [None, b"", bytes(SLOT_BYTES)])
def test_a_folder_without_a_run_is_named(tmp_path: Path, ring: bytes | None) -> None:
    if ring is not None:
        (tmp_path / "commit.ring").write_bytes(ring)
    with pytest.raises(ResultLogError, match="holds no run") as caught:
        zreplay.results(tmp_path)

    assert "Z604" == caught.value.code


SMALL = Rotation(size_bytes=100)


def compress(path: Path) -> None:
    path.with_name(f"{path.name}.zst").write_bytes(
        pa.Codec("zstd").compress(path.read_bytes(), asbytes=True)
    )
    path.unlink()


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_was_closed_is_read_too_also_where_it_was_compressed(
    tmp_path: Path, is_packed: bool
) -> None:
    plain, rotated = tmp_path / "plain", tmp_path / "rotated"
    for folder, rotation in ((plain, Rotation()), (rotated, SMALL)):
        folder.mkdir()
        sink = Sink(folder, TABLES, rotation)
        for number in range(5):
            sink.commit(batch(4, 1000 + 4 * number))
    closed = sorted((rotated / "segments").rglob("*.0*"))
    for path in closed[::2] if is_packed else ():
        compress(path)
    names = (*zreplay.outputs(plain),)
    read = [
        [zreplay.results(folder, name).read_all() for name in names] for folder in (plain, rotated)
    ]

    assert 10 < len(closed)
    assert read[0] == read[1]


def test_what_was_closed_meanwhile_is_read_on_from_where_a_look_ended(tmp_path: Path) -> None:
    sink = Sink(tmp_path, TABLES, SMALL)
    seen, run, end = [], b"", 0
    for number in range(4):
        sink.commit(batch(2, 2 * number), batch(1, 2 * number + 1))
        span = mids_from(tmp_path, run, end)
        seen += span.batches.read_all()["record"].to_pylist()
        run, end = span.log.run, span.log.end

    assert zreplay.results(tmp_path).read_all()["record"].to_pylist() == seen
    assert 12 == len(seen)


def test_segments_that_are_gone_are_said_and_the_rest_is_read(tmp_path: Path) -> None:
    sink = Sink(tmp_path, TABLES, SMALL)
    for number in range(3):
        sink.commit(batch(4, 4 * number))
    sorted((tmp_path / "segments").glob("mids.0*"))[0].unlink()
    with pytest.warns(UserWarning, match="1 closed segments of mids.arrows are not there"):
        read = zreplay.results(tmp_path).read_all()

    assert 8 == len(read)


@pytest.mark.parametrize("refused", range(6))
def test_a_sink_that_was_killed_between_two_renames_is_read_as_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    sink = Sink(tmp_path, TABLES, SMALL)
    sink.commit(batch(4))
    honest, count = sink.disk.rename, [0]

    def killed(name: str, to: str) -> None:
        count[0] += 1
        if count[0] > refused:
            raise KeyboardInterrupt
        honest(name, to)

    monkeypatch.setattr(sink.disk, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        sink.commit(batch(4, 4))

    mids = zreplay.results(tmp_path, "mid_prices.log").read_all()
    assert 8 == len(zreplay.results(tmp_path).read_all())
    assert 7 <= len(mids) <= 8
