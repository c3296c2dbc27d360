"""A Parquet file is read the same from any row in stretches of any size."""

import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import InputError
from tests.depth import few
from zreplay.quotes.rejection import NOT_FINITE, Reason, Rejection, RowCode
from zreplay.recordings import parquet_file, pooled_file
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.parquet_file import BYTES_A_ROW, ParquetFile
from zreplay.recordings.pooled_stream import PooledStream
from zreplay.recordings.source_block import FilePlace, SourceBlock

SECOND_NS = 10**9
START_NS = 1_759_363_200 * SECOND_NS
COUNT = 100
TEXTS = (pa.string(), pa.large_string())


def table_of(count: int = COUNT, unit: str = "ns") -> pa.Table:
    times = pa.array([START_NS + number * SECOND_NS for number in range(count)], pa.int64())
    return pa.table(
        {
            "index": pa.array(range(count), pa.int64()),
            "timestamp": times.cast(pa.timestamp("ns")).cast(pa.timestamp(unit)),
            "ticker": pa.array([f"T{number % 7}" for number in range(count)], pa.string()),
            "ask_price": [2.0 if number % 10 else math.nan for number in range(count)],
            "buyer": [1.0] * count,
            "ask_amount": pa.array([None] * count, pa.float64()),
            "bid_amount": [math.nan] * count,
            "latency": [5] * count,
            "ignored": [[1, 2]] * count,
        }
    )


COLUMNS = FormatOptions({"bid_price": "buyer"})


class Recording:
    """A file of four row groups for a test."""

    def __init__(self, folder: Path, table: pa.Table | None = None) -> None:
        self.path = folder / "a.parquet"
        pa_parquet.write_table(table_of() if table is None else table, self.path, row_group_size=25)
        self.rejections: list[Rejection] = []
        self.file = ParquetFile(self.path, 2, COLUMNS)

    def read_all(self, rows: int = 1000) -> list[SourceBlock]:
        blocks = []
        while (unparsed := self.file.cut(rows * BYTES_A_ROW)) is not None:
            block, rejections = unparsed()
            blocks.append(block)
            self.rejections += rejections
        self.file.close()
        return blocks


def indexes(blocks: list[SourceBlock]) -> list[int]:
    return [index for source in blocks for index in source.block.index.tolist()]


GOOD = [number for number in range(COUNT) if number % 10]


@pytest.mark.parametrize("many_rows", [1, parquet_file.MANY_ROWS])
@pytest.mark.parametrize("rows", [1, 7, 25, 60, 1000])
def test_every_row_comes_once_and_a_bad_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, many_rows: int
) -> None:
    monkeypatch.setattr(parquet_file, "MANY_ROWS", many_rows)
    recording = Recording(tmp_path)
    blocks = recording.read_all(rows)

    assert GOOD == indexes(blocks)
    assert [2 << 48 | number for number in GOOD] == [
        position for source in blocks for position in source.block.position.tolist()
    ]
    assert [
        Rejection(str(recording.path), None, row, "ask_price", "nan", *NOT_FINITE)
        for row in range(0, COUNT, 10)
    ] == recording.rejections
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]
    assert "row" == blocks[0].unit


@pytest.mark.parametrize("row", [0, 1, 24, 25, 26, 60, 99, 100])
def test_reading_goes_on_from_any_row(tmp_path: Path, row: int) -> None:
    recording = Recording(tmp_path)
    recording.file.seek(FilePlace(row, None))

    assert [number for number in GOOD if number >= row] == indexes(recording.read_all(10))


def test_the_size_of_a_stretch_may_change_on_the_way(tmp_path: Path) -> None:
    file = Recording(tmp_path).file
    blocks = []
    for rows in (3, 30, 30, 5, 1000, 1000, 1000):
        unparsed = file.cut(rows * BYTES_A_ROW)
        blocks += [] if unparsed is None else [unparsed().source]
    file.close()

    assert GOOD == indexes(blocks)


@pytest.mark.parametrize("rows_at_ends", [2, 30, 1000])
def test_the_ends_show_the_first_and_the_last_arrival(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_ends: int
) -> None:
    monkeypatch.setattr(parquet_file, "ROWS_AT_ENDS", rows_at_ends)
    file = Recording(tmp_path).file
    late_ns = 5_000_000

    assert (START_NS + SECOND_NS + late_ns, START_NS + 99 * SECOND_NS + late_ns) == file.ends()
    assert FilePlace(0, None) == file.place
    file.close()


def test_the_share_is_that_of_the_rows(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.read_all()

    assert [0.0, 0.5, 1.0] == [recording.file.share(row) for row in (0, 50, 100)]


def test_a_file_without_rows_has_none(tmp_path: Path) -> None:
    recording = Recording(tmp_path, table_of(0))

    assert (None, None) == recording.file.ends()
    assert [] == indexes(recording.read_all())


def first_page_broken(data: bytes) -> bytes:
    return data[:4] + bytes(200) + data[204:]


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-10], lambda data: data[:100], first_page_broken]
)
def test_what_is_damaged_says_so(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    recording = Recording(tmp_path)
    recording.path.write_bytes(harm(recording.path.read_bytes()))

    with pytest.raises(InputError) as error:
        recording.read_all()
    recording.file.close()
    assert ("Z408", True) == (error.value.code, str(recording.path) in error.value.what)


@pytest.mark.parametrize(
    ("count", "group_rows", "harmed_group", "starts", "least", "most"),
    [
        (3000, 1003, 1, (0, 8, 1000, 1003, 1011, 1403), 1403, 1600),
        (60, 3, 11, (0, 3, 6, 9, 30), 33, 33),
    ],
    ids=["in the middle of a group", "one of many small groups"],
)
def test_a_damaged_file_ends_at_the_same_row_however_it_is_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    group_rows: int,
    harmed_group: int,
    starts: tuple[int, ...],
    least: int,
    most: int,
) -> None:
    monkeypatch.setattr(parquet_file, "ROWS_AT_DAMAGE", 8)
    monkeypatch.setattr(parquet_file, "MANY_ROWS", 100)
    numbers = np.random.default_rng(1).random(count)
    table = table_of(count).set_column(3, "ask_price", pa.array(numbers))
    path = tmp_path / "a.parquet"
    options = {"compression": "gzip", "use_dictionary": False, "data_page_size": 400}
    pa_parquet.write_table(table, path, row_group_size=group_rows, write_batch_size=10, **options)
    chunk = pa_parquet.read_metadata(path).row_group(harmed_group).column(3)
    harmed = bytearray(path.read_bytes())
    middle = chunk.data_page_offset + chunk.total_compressed_size // 2
    harmed_bytes = min(100, chunk.total_compressed_size // 2)
    harmed[middle : middle + harmed_bytes] = bytes(harmed_bytes)
    path.write_bytes(harmed)

    ends = set()
    for rows in (8, 24, 100, 2500, 5000):
        for start in starts:
            file = ParquetFile(path, 0, COLUMNS)
            file.seek(FilePlace(start, None))
            blocks = []
            with pytest.raises(InputError, match="damaged after row") as error:
                while (unparsed := file.cut(rows * BYTES_A_ROW)) is not None:
                    blocks.append(unparsed().source)
            file.close()
            assert list(range(start, file.place.offset)) == indexes(blocks)
            ends.add((file.place.offset, error.value.what))

    assert 1 == len(ends)
    assert least <= ends.pop()[0] <= most


@pytest.mark.parametrize("column", ["timestamp", "ticker"])
@pytest.mark.parametrize(
    "kind",
    [pa.large_string(), pa.string_view(), *(pa.dictionary(pa.int32(), t) for t in TEXTS)],
    ids=str,
)
def test_text_may_be_of_any_of_arrows_types(tmp_path: Path, column: str, kind: pa.DataType) -> None:
    table = table_of()
    place = table.schema.names.index(column)
    texts = table[column].combine_chunks().cast(pa.string())
    as_kind = texts.dictionary_encode() if pa.types.is_dictionary(kind) else texts
    path = tmp_path / "text"
    path.mkdir()

    blocks = Recording(path, table.set_column(place, column, as_kind.cast(kind))).read_all()

    expected = Recording(tmp_path, table).read_all()
    for source, other in zip(expected, blocks, strict=True):
        assert source.block.timestamp_ns.tolist() == other.block.timestamp_ns.tolist()
        names = [
            [each.ticker_names[code] for code in each.ticker_codes.tolist()]
            for each in (source.block, other.block)
        ]
        assert names[0] == names[1]
    assert GOOD == indexes(blocks)


@pytest.mark.parametrize("columns", [{"ab": [1.0] * COUNT}, {"n": [{"ab": 1.0}] * COUNT}])
def test_a_column_whose_name_is_no_utf_8_is_told(tmp_path: Path, columns: dict[str, Any]) -> None:
    path, table = tmp_path / "a.parquet", table_of()
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    pa_parquet.write_table(table, path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"ab", b"\xff\xfe"))

    with pytest.raises(InputError, match="the name of a column is not UTF-8"):
        ParquetFile(path, 0, COLUMNS).open()


def test_a_missing_column_is_named_and_the_way_to_map_it(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    with pytest.raises(InputError, match="no column bid_price") as error:
        ParquetFile(recording.path, 0).open()

    assert "--column" in error.value.fix


@pytest.mark.parametrize("rows", [1000, 2 * parquet_file.MANY_ROWS])
def test_a_large_row_group_is_never_held_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    class Noted(PooledStream):
        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            Noted.most = max(Noted.most, len(data))
            return data

    monkeypatch.setattr(parquet_file, "PooledStream", Noted)
    numbers = pa.array(np.random.default_rng(1).random(1_000_000))  # hardly to be compressed
    times = pa.array(range(len(numbers)), pa.int64())
    names = ("ask_price", "bid_price", "ask_amount", "bid_amount", "latency")
    tickers = pa.DictionaryArray.from_arrays(pa.array([0] * len(numbers), pa.int32()), ["A"])
    table = pa.table({"timestamp": times, "ticker": tickers, **dict.fromkeys(names, numbers)})
    path = tmp_path / "a.parquet"
    pa_parquet.write_table(table, path, row_group_size=len(numbers))
    del table, numbers, times, tickers
    file = ParquetFile(path, 0)
    before = pa.total_allocated_bytes()
    file.cut(rows * BYTES_A_ROW)
    held_bytes = pa.total_allocated_bytes() - before
    file.close()

    assert held_bytes < path.stat().st_size / 2
    assert Noted.most < path.stat().st_size / len(names) / 4


@pytest.mark.parametrize("rows_at_ends", [2, 30, 1000])
def test_strays_are_not_the_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_ends: int
) -> None:
    monkeypatch.setattr(parquet_file, "ROWS_AT_ENDS", rows_at_ends)
    table = table_of()
    times = table["timestamp"].cast(pa.int64()).to_pylist()
    for row in (1, 97):
        times[row] += 70 * 366 * 86_400 * SECOND_NS
    far = pa.array(times, pa.int64()).cast(pa.timestamp("ns"))
    file = Recording(tmp_path, table.set_column(1, "timestamp", far)).file
    late_ns = 5_000_000

    first_ns, last_ns = file.ends(86_400 * SECOND_NS)
    file.close()

    assert (START_NS + 2 * SECOND_NS + late_ns, START_NS + 99 * SECOND_NS + late_ns) == (
        first_ns,
        last_ns,
    )


TEXT_COLUMNS = (
    *("index", "timestamp", "ticker", "ask_amount", "ask_price", "bid_price", "bid_amount"),
    "latency",
)


@pytest.mark.parametrize("kind", [*TEXTS, pa.dictionary(pa.int32(), pa.string())], ids=str)
@pytest.mark.parametrize("name", ["timestamp", "ticker", "ask_price", "index"])
def test_a_text_that_is_no_utf_8_refuses_its_row_as_in_a_csv(
    name: str, kind: pa.DataType, tmp_path: Path
) -> None:
    count, bad_row = 300, 217
    columns = {each: [b"1"] * count for each in TEXT_COLUMNS}
    columns["timestamp"] = [b"2025-10-02 00:00:00"] * count
    columns["index"] = [str(number).encode() for number in range(count)]
    columns[name][bad_row] = b"a\xff\nb"
    arrays = {each: pa.array(values, pa.binary()) for each, values in columns.items()}
    arrays = {each: array.view(pa.string()) for each, array in arrays.items()}
    if pa.types.is_dictionary(kind):
        arrays[name] = arrays[name].dictionary_encode()
    else:
        arrays[name] = arrays[name].cast(kind)
    path = tmp_path / "a.parquet"
    pa_parquet.write_table(pa.table(arrays), path)
    file = ParquetFile(path, 0)

    numbers, rejections = [], []
    while (unparsed := file.cut(1 << 20)) is not None:
        source, rejected = unparsed()
        numbers += source.block.index.tolist()
        rejections += rejected

    assert [number for number in range(count) if number != bad_row] == numbers
    reason = Reason("not UTF-8 at byte 1 of the field", RowCode.NOT_TEXT)
    assert [Rejection(str(path), None, bad_row, name, "a\ufffd\nb", *reason)] == rejections


def write_many(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.parquet" for number in range(count)]
    for number, path in enumerate(paths):
        table = table_of(30).set_column(0, "index", pa.array(range(number, number + 30)))
        pa_parquet.write_table(table, path, row_group_size=10)
    return paths


def test_many_files_that_are_read_side_by_side_hold_few_descriptors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "ROWS_AT_DAMAGE", 5)
    monkeypatch.setattr(pooled_file, "MOST_IDLE", 3)
    monkeypatch.setattr(pooled_file, "_IDLE", pooled_file._Idle())
    files = [ParquetFile(path, 0, COLUMNS) for path in write_many(tmp_path, 20)]
    found: list[list[int]] = [[] for _ in files]
    for _ in range(6):
        for number, file in enumerate(files):
            unparsed = file.cut(1)
            found[number] += [] if unparsed is None else indexes([unparsed().source])
            assert len(pooled_file._IDLE._files) <= 3
    for file in files:
        file.close()

    expected = [number for number in range(30) if number % 10]
    assert [[first + each for each in expected] for first in range(20)] == found
    assert 0 == len(pooled_file._IDLE._files)


def test_another_file_in_its_place_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "ROWS_AT_DAMAGE", 5)
    monkeypatch.setattr(pooled_file, "MOST_IDLE", 0)
    monkeypatch.setattr(pooled_file, "_IDLE", pooled_file._Idle())  # files of other tests are older
    path, other = write_many(tmp_path, 2)
    file = ParquetFile(path, 0, COLUMNS)
    file.cut(1)
    other.rename(path)

    with pytest.raises(InputError, match="is no longer the file that was first opened") as error:
        while file.cut(1) is not None:
            pass
    file.close()
    assert "Z401" == error.value.code


def test_a_file_that_is_no_recording_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled_file, "_IDLE", pooled_file._Idle())
    other = pa.BufferOutputStream()
    pa_parquet.write_table(pa.table({"none": [1]}), other)
    files = []
    for number, content in enumerate((b"PAR1 and no more", b"", other.getvalue())):
        path = tmp_path / str(number)
        path.write_bytes(content)
        files.append(ParquetFile(path, 0))
        with pytest.raises(InputError):
            files[-1].open()

    assert 0 == len(pooled_file._IDLE._files)


def test_what_decodes_is_let_go_with_the_last_row(tmp_path: Path) -> None:
    recording = Recording(tmp_path, table_of(20_000))
    before = pa.total_allocated_bytes()
    recording.file.cut(10_000 * BYTES_A_ROW)
    while recording.file.place.offset < 20_000:
        held_bytes = pa.total_allocated_bytes() - before
        recording.file.cut(10_000 * BYTES_A_ROW)

    assert pa.total_allocated_bytes() - before < held_bytes / 2
    assert recording.file.cut(1) is None
    recording.file.close()


a_row = st.tuples(
    st.sampled_from(["A", "B", "", None, "C"]), st.sampled_from([1.5, -1.0, math.nan, None])
)


@settings(max_examples=few(20))
@given(
    st.lists(st.lists(a_row, max_size=5), max_size=8),
    st.sampled_from(["string", "large", "coded"]),
    st.integers(0, 30),
)
def test_however_rows_are_grouped_they_are_the_same(
    groups: list[list[tuple[str | None, float | None]]], kind: str, first: int
) -> None:
    kinds = {"large": pa.large_string(), "coded": pa.dictionary(pa.int32(), pa.string())}
    tables = [
        pa.table(
            {
                "timestamp": pa.array([START_NS] * len(rows), pa.timestamp("ns")),
                "latency": pa.array([1] * len(rows), pa.int64()),
                "ticker": pa.array([name for name, _ in rows], kinds.get(kind, pa.string())),
                "ask_price": pa.array([price for _, price in rows], pa.float64()),
                "bid_price": pa.array([1.0] * len(rows), pa.float64()),
            }
        )
        for rows in [[], *groups]
    ]
    read = []
    with TemporaryDirectory() as folder:
        for parts in (tables, [pa.concat_tables(tables).unify_dictionaries().combine_chunks()]):
            path = Path(folder) / "a.parquet"
            with pa_parquet.ParquetWriter(path, tables[0].schema) as writer:
                for part in parts:
                    writer.write_table(part, row_group_size=max(1, len(part)))
            file, rows, rejections = ParquetFile(path, 0), list[object](), list[Rejection]()
            file.seek(FilePlace(first, None))
            while (unparsed := file.cut(BYTES_A_ROW)) is not None:
                (block, *_), refused = unparsed()
                names = [block.ticker_names[code] for code in block.ticker_codes.tolist()]
                asks = np.nan_to_num(block.ask_price, nan=-9.0).tolist()
                rows += zip(block.position.tolist(), names, asks, strict=True)
                rejections += refused
            file.close()
            read.append((rows, rejections))

    assert read[0] == read[1]
    assert max(0, sum(map(len, groups)) - first) == len(read[0][0]) + len(read[0][1])


def test_a_ticker_that_is_at_no_place_of_the_dictionary_is_damage_and_no_crash(
    tmp_path: Path,
) -> None:
    recording = Recording(tmp_path)
    file = recording.file
    file.cut(BYTES_A_ROW)
    file.seek(FilePlace(0, None))
    batch = next(file._batches_of(file._batch_rows))
    column = batch.schema.names.index("ticker")
    outside = pa.array([*range(len(batch) - 1), 10**6], pa.int32())
    ticker = pa.DictionaryArray.from_arrays(outside, pa.array(["A"]), safe=False)
    file._batches = iter([batch.set_column(column, "ticker", ticker)])

    assert GOOD == indexes(recording.read_all(1))
    assert file._is_damaged
