"""Each kind of file is whole once it is closed, and is what others read."""

import gzip
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from tests.zreplay.example_quotes import make_block
from zreplay.conversion import output_files
from zreplay.conversion.output_files import KINDS, kind_of, new_quote_file
from zreplay.conversion.quote_table import QuoteTable

TABLE = QuoteTable(has_latency=True)
BATCHES = [TABLE.batch(make_block(range(first, first + 7), ["A"] * 7)) for first in (0, 7, 14)]


def written(path: Path, kind: str) -> Path:
    file = new_quote_file(path, kind, TABLE.schema)
    for batch in BATCHES:
        file.write(batch)
    file.close()
    return path


def arrivals(path: Path, kind: str) -> list[int]:
    if kind == ".parquet":
        table = pa_parquet.read_table(path)
    elif kind == ".arrow":
        table = pa.ipc.open_file(path).read_all()
    else:
        packing = {".csv": None, ".csv.gz": "gzip", ".csv.zst": "zstd"}[kind]
        table = pa_csv.read_csv(pa.input_stream(path, compression=packing))
        return [
            int(each)
            for each in table["arrival"].cast(pa.timestamp("ns")).cast(pa.int64()).to_pylist()
        ]
    return [int(each) for each in table["arrival"].cast(pa.int64()).to_pylist()]


@pytest.mark.parametrize("worth_a_thread_rows", [1, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_all_batches_are_there_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, worth_a_thread_rows: int
) -> None:
    monkeypatch.setattr(output_files, "_WORTH_A_THREAD_ROWS", worth_a_thread_rows)

    assert list(range(21)) == arrivals(written(tmp_path / "out", kind), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_quote_there_are_the_columns(tmp_path: Path, kind: str) -> None:
    new_quote_file(tmp_path / "out", kind, TABLE.schema).close()

    assert [] == arrivals(tmp_path / "out", kind)


def test_a_batch_is_a_row_group_with_the_types_of_the_schema(tmp_path: Path) -> None:
    file = pa_parquet.ParquetFile(written(tmp_path / "out", ".parquet"))

    assert 3 == file.num_row_groups
    assert TABLE.schema == file.schema_arrow.remove_metadata()


def test_without_isal_a_gz_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_isal = gzip.decompress(written(tmp_path / "a", ".csv.gz").read_bytes())
    monkeypatch.setitem(sys.modules, "isal", None)

    assert with_isal == gzip.decompress(written(tmp_path / "b", ".csv.gz").read_bytes())


def test_a_name_of_another_kind_is_none() -> None:
    assert [".csv", ".csv.gz", None, None] == [
        kind_of(Path(name)) for name in ("a.csv", "a.parquet.csv.gz", "a.gz", "csv")
    ]
