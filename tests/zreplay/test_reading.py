"""In five lines: exactly the quotes of the reference, and none skipped silently."""

import gc
import gzip
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

import zreplay
from protocol.errors import InputError, SettingsError
from tests.reference import Quote
from tests.reference_selection import Asked, selected_quotes
from zreplay import reading
from zreplay.historical import parse_ahead
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.latency_model import LatencyModel
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.byte_reader import FileBytes, PlainBytes

REAL = Path("/work/shared/data/historical_sample.csv")
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
START_NS = 1_768_478_400_000_000_000  # 2026-01-15 12:00


def rows_of(reader: pa.RecordBatchReader) -> list[Quote]:
    quotes = []
    for batch in reader:
        columns = {
            name: batch[name].cast(pa.int64()).to_pylist() for name in ("arrival", "timestamp")
        }
        rest = ("latency_ms", "bid_price", "ask_price", "ticker")
        columns |= {name: batch[name].to_pylist() for name in rest}
        quotes += [
            Quote(time_ns, latency_ms, arrival_ns, bid, ask, ticker)
            for arrival_ns, time_ns, latency_ms, bid, ask, ticker in zip(
                *columns.values(), strict=True
            )
        ]
    return quotes


def test_it_is_the_reference_whatever_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "BLOCK_BYTES", 100_000)
    header, *rows = SAMPLE.read_bytes().splitlines(keepends=True)
    header = header.replace(b"bid_price", b"best")
    plain = [tmp_path / "0.csv", tmp_path / "1.csv"]
    for number, path in enumerate(plain):
        path.write_bytes(header + b"".join(rows[number::2]))
        path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes()))
    asked = Asked(
        columns={"bid_price": "best"},
        tickers=("BTC*", "ETH*"),
        exclude=("*COINBASE",),
        from_ns=START_NS + 2 * 10**9,
        duration_ns=5 * 10**9,
        limit=2500,
        latency="shift:-3ms",
    )

    reader = zreplay.read(
        tmp_path / "*.gz",
        columns={"bid_price": "best"},
        tickers="BTC*, ETH*",
        exclude=["*COINBASE"],
        start="2026-01-15T12:00:02Z",
        duration="5s",
        limit=2500,
        latency="shift:-3ms",
    )

    expected = selected_quotes(plain, asked)[0]
    assert zreplay.SCHEMA == reader.schema
    assert expected == rows_of(reader)
    assert 500 < len(expected)


def parquet(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    pa_parquet.write_table(pa_csv.read_csv(pa.BufferReader(data)), sink, row_group_size=5000)
    content: bytes = sink.getvalue().to_pybytes()
    return content


@pytest.mark.skipif(not REAL.exists(), reason="the real recording is not part of the project")
@pytest.mark.parametrize("pack", [gzip.compress, parquet])
def test_real_quotes_are_the_same_in_every_kind_and_merged(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    packed = tmp_path / "real"
    packed.write_bytes(pack(REAL.read_bytes()))
    again = tmp_path / "real.csv"
    again.write_bytes(REAL.read_bytes())
    asked = Asked(exclude=("*@KRAKEN",), start_offset_ns=500_000_000, latency="scale:0.5")

    reader = zreplay.read(
        packed, REAL, exclude="*@KRAKEN", start_offset="500ms", latency="scale:0.5"
    )

    assert selected_quotes([again, REAL], asked)[0] == rows_of(reader)


def test_all_of_it_is_a_table() -> None:
    table = zreplay.read(SAMPLE, end=START_NS + 10**9).read_all()

    arrivals = table["arrival"].cast(pa.int64()).to_pylist()
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] < START_NS + 10**9
    assert [-1] != table["index"].unique().to_pylist()


WRITERS: dict[str, Callable[[Path, pa.Schema], Any]] = {
    "IPC file": pa.ipc.new_file,
    "IPC stream": pa.ipc.new_stream,
    "Parquet": pa_parquet.ParquetWriter,
}
READERS: dict[str, Callable[[Path], pa.Table]] = {
    "IPC file": lambda path: pa.ipc.open_file(path).read_all(),
    "IPC stream": lambda path: pa.ipc.open_stream(path).read_all(),
    "Parquet": pa_parquet.read_table,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_each_of_pyarrows_writers_takes_it_batch_by_batch(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FIRST_BLOCK_BYTES", 10_000)
    monkeypatch.setattr(parse_ahead, "BLOCK_BYTES", 100_000)
    names: list[set[str]] = []

    with WRITERS[kind](tmp_path / "quotes", zreplay.SCHEMA) as writer:
        for batch in zreplay.read(SAMPLE, reorder="0.5s", late="stop"):
            names.append(set(batch["ticker"].to_pylist()))
            writer.write_batch(batch)

    assert any(later - names[0] for later in names[1:])  # a name that was not there before
    assert zreplay.read(SAMPLE).read_all().equals(READERS[kind](tmp_path / "quotes"))


def test_a_batch_is_never_too_large_for_the_text_of_its_tickers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = zreplay.read(SAMPLE).read_all()
    monkeypatch.setattr(reading, "MOST_ROWS", 700)

    batches = list(zreplay.read(SAMPLE))

    assert 700 == max(map(len, batches))
    assert whole.equals(pa.Table.from_batches(batches))


def test_what_is_there_of_a_damaged_file_comes_before_the_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(SAMPLE.read_bytes())[:-1])
    batches: list[pa.RecordBatch] = []

    with pytest.raises(InputError, match="is cut off"):
        for batch in zreplay.read(path):
            batches.append(batch)  # noqa: PERF402 (what came before the error is kept)

    assert zreplay.read(SAMPLE).read_all().equals(pa.Table.from_batches(batches))


@pytest.fixture
def flawed(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    header = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
    good = "2025-10-02 00:00:00,A,,2,1,,5\n"
    path.write_text(header + good + good.replace(",2,", ",x,") + good)
    return path


def test_a_row_that_is_no_quote_ends_it_unless_somebody_takes_note(flawed: Path) -> None:
    with pytest.raises(InputError, match="line 3: ask_price 'x': not a number") as error:
        zreplay.read(flawed).read_all()
    assert ("Z410", True) == (error.value.code, "on_rejected" in error.value.fix)

    rejected: list[Rejection] = []
    table = zreplay.read(flawed, on_rejected=rejected.append).read_all()

    assert (2, [(3, "x")]) == (len(table), [(each.line, each.value) for each in rejected])
    assert [-1, -1] == table["index"].to_pylist()


def test_a_late_row_ends_it_or_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    header = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
    rows = [f"2025-10-02 00:00:{second:02d},A,1,2,1,1,5\n" for second in (1, 30, 2)]
    path.write_text(header + "".join(rows))
    rejected: list[Rejection] = []

    with pytest.raises(InputError, match="is late"):
        zreplay.read(path).read_all()
    assert 2 == len(zreplay.read(path, late="reject", on_rejected=rejected.append).read_all())
    assert [4] == [each.line for each in rejected]
    assert 3 == len(zreplay.read(path, reorder="29s").read_all())


@pytest.mark.parametrize(
    "arguments",
    [
        {"start": "noon"},
        {"latency": "fast"},
        {"late": "perhaps"},
        {"limit": 0},
        {"duration": "long"},
    ],
)
def test_what_does_not_hold_is_refused_at_the_call(arguments: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        zreplay.read(SAMPLE, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arguments",
    [
        {"start": datetime(2026, 1, 15, 12, 0, 5), "duration": timedelta(seconds=2)},
        {"start": datetime(2026, 1, 15, 13, 0, 5, tzinfo=timezone(timedelta(hours=1)))},
        {"start": np.datetime64("2026-01-15T12:00:05", "s")},
        {"end": datetime(2026, 1, 15, 12, 0, 5), "reorder": timedelta(seconds=5)},
        {"start_offset": timedelta(seconds=1), "max_jump": timedelta(days=1)},
    ],
)
def test_a_time_may_be_what_python_calls_one(arguments: dict[str, Any]) -> None:
    texts = {
        "start": "2026-01-15 12:00:05",
        "end": "2026-01-15 12:00:05",
        **{"duration": "2s", "reorder": "5s", "start_offset": "1s", "max_jump": "1d"},
    }
    expected = zreplay.read(SAMPLE, **{name: texts[name] for name in arguments}).read_all()

    assert 0 < expected.num_rows < 20_000
    assert expected == zreplay.read(SAMPLE, **arguments).read_all()


@pytest.mark.parametrize(
    "arguments",
    [{"start": 1.5}, {"end": []}, {"duration": 90}, {"reorder": 5}, {"max_jump": None}],
)
def test_what_is_no_time_is_refused_at_the_call(arguments: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"{next(iter(arguments))} was"):
        zreplay.read(SAMPLE, **arguments)


def test_files_may_be_a_list_and_stand_beside_others(tmp_path: Path) -> None:
    head, *rows = SAMPLE.read_text().splitlines(keepends=True)[:2_000]
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for number, path in enumerate(paths):
        path.write_text("".join([head, *rows[number::2]]))
    first, second = paths
    expected = zreplay.read(first, second).read_all()

    assert expected == zreplay.read([first, second]).read_all()
    assert expected == zreplay.read(first, [str(second)]).read_all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"latency": "foo"}, "latency was 'foo', which is not a latency model\nfix: latency rec"),
        ({"reorder": "x"}, "reorder was 'x', expected a duration\nfix: reorder 5s"),
        ({"limit": 0}, "limit was 0"),
        ({"columns": {"bid": "best"}}, "columns was 'bid': 'best', expected"),
        ({"columns": {"ticker": 5}}, "columns was 'ticker': 5, expected"),
        ({"columns": {"symbol": "ticker"}}, f"{SAMPLE}: nothing is read from the column symbol"),
        ({"columns": {"latency": "ask_amount"}}, f"{SAMPLE}: ask_amount and latency are both"),
        ({"start": 2, "end": 1}, "end is not after start\nfix: start TIME end LATER"),
        ({"start": 2, "start_offset": "1s"}, "both start and start_offset say"),
        ({"end": 2, "duration": "1s"}, "both end and duration say"),
        ({"latency": "--to"}, "latency was '--to', which"),  # what was given stays as it is
    ],
)
def test_an_argument_that_does_not_hold_is_called_what_it_is_called_here(
    arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        zreplay.read(SAMPLE, **arguments)  # type: ignore[arg-type]

    assert str(refused.value).startswith(words)


def test_what_the_library_gives_is_listed() -> None:
    assert set(zreplay.__all__) <= set(dir(zreplay))


def test_files_are_looked_at_at_the_call(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no file"):
        zreplay.read()
    for name in ("nowhere.csv", "*.csv"):
        with pytest.raises(InputError):
            zreplay.read(tmp_path / name)


def test_who_stops_early_or_never_begins_leaves_nothing_open() -> None:
    zreplay.read(SAMPLE)
    for _ in zreplay.read(SAMPLE):
        break
    gc.collect()  # an open file would be a ResourceWarning, and those are errors here


def test_importing_it_is_light_and_a_name_that_is_not_there_says_so() -> None:
    code = "import sys, zreplay; print('pyarrow' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert "False False\n" == done.stdout
    assert all(hasattr(zreplay, name) for name in zreplay.__all__)
    with pytest.raises(AttributeError, match="no attribute 'write'"):
        zreplay.write  # noqa: B018
    assert zreplay.Rejection is Rejection


def test_a_stray_is_rejected_or_with_no_largest_jump_makes_the_rest_late(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    header = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
    days = ["2025-10-02", "2025-10-05", *["2025-10-02"] * 3]
    path.write_text(header + "".join(f"{day} 00:00:00,A,1,2,1,1,5\n" for day in days))
    rejected: list[Rejection] = []

    assert 4 == len(zreplay.read(path, on_rejected=rejected.append).read_all())
    assert [("Z110", 3)] == [(each.code, each.line) for each in rejected]
    with pytest.raises(InputError, match="stray"):
        zreplay.read(path).read_all()
    for largest in ("0", "3d"):
        with pytest.raises(InputError, match="is late"):
            zreplay.read(path, max_jump=largest).read_all()
    with pytest.raises(SettingsError, match="max_jump was 'x'"):
        zreplay.read(path, max_jump="x")


def test_what_was_read_to_its_end_has_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    zreplay.read(SAMPLE).read_all()
    path = tmp_path / "quotes.csv"
    path.write_bytes(SAMPLE.read_bytes())

    zreplay.read(path, latency="scale:2").read_all()

    assert FileIndexes([SAMPLE], max_jump_ns=86_400 * 10**9).span() is not None
    assert FileIndexes([path], max_jump_ns=86_400 * 10**9).span() is None
    model = LatencyModel("scale", 2.0)
    found = FileIndexes([path], max_jump_ns=86_400 * 10**9, latency=model).whole(0)
    assert found is not None
    assert 20_000 == found.rows


def test_with_an_index_a_start_is_read_from_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.historical.index_cache.LEAST_KEPT_BYTES", 1)
    monkeypatch.setattr(parse_ahead, "BLOCK_BYTES", 16_000)
    monkeypatch.setattr(parse_ahead, "FIRST_BLOCK_BYTES", 16_000)
    path = tmp_path / "a.csv"
    path.write_bytes(SAMPLE.read_bytes())
    arrivals = [quote.arrival_ns for quote in rows_of(zreplay.read(path))]
    start = pa.scalar(arrivals[-100], pa.timestamp("ns")).cast(pa.string()).as_py()
    read_from: list[int] = []
    honest = PlainBytes.read

    def read(self: PlainBytes, offset: int, most_bytes: int) -> FileBytes:
        read_from.append(offset)
        return honest(self, offset, most_bytes)

    monkeypatch.setattr(PlainBytes, "read", read)
    found = [quote.arrival_ns for quote in rows_of(zreplay.read(path, start=start))]

    assert arrivals[-100:] == found
    at_the_head = [offset for offset in read_from if offset < path.stat().st_size // 2]
    assert [] == at_the_head


def test_what_stands_in_two_files_and_what_is_outside_a_session_is_left_out(tmp_path: Path) -> None:
    header = "timestamp,ticker,ask_price,bid_price\n"
    rows = [f"2025-10-02 {hour:02d}:00:00,A,2,1\n" for hour in range(24)]
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path, part in zip(paths, (rows[:16], rows[8:]), strict=True):
        path.write_text(header + "".join(part))

    assert [32, 24, 6, 7] == [
        sum(len(batch) for batch in zreplay.read(*paths, **asked))
        for asked in (
            {},
            {"dedupe": True},
            {"dedupe": True, "session": "10:00-16:00"},
            {"dedupe": True, "session": "09:30-16:30 Africa/Lagos"},
        )
    ]


def test_an_address_is_read_as_it_is_written() -> None:
    with pytest.raises(InputError, match="s3://bucket/q//a.csv: has // in its key"):
        zreplay.read("s3://bucket/q//a.csv")
