"""The rows of a run become one file, whole and in order, however small its commits were."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from protocol.errors import SettingsError
from zreplay.conversion.result_file import write_results

SCHEMA = pa.schema({"record": pa.int64(), "mid": pa.float64(), "is_late": pa.bool_()})


def batches(*sizes: int) -> pa.RecordBatchReader:
    made, first = [], 0
    for size in sizes:
        rows = range(first, first + size)
        columns = [list(rows), [row / 3 for row in rows], [row % 2 == 0 for row in rows]]
        made.append(pa.record_batch(columns, schema=SCHEMA))
        first += size
    return pa.RecordBatchReader.from_batches(SCHEMA, made)


READERS: dict[str, Any] = {
    "a.parquet": parquet.read_table,
    "a.arrow": lambda path: pa.ipc.open_file(path).read_all(),
    "a.csv": csv.read_csv,
    "a.csv.gz": csv.read_csv,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("sizes", [(), (1, 1, 3), (0, 2)], ids=["none", "small", "empty"])
def test_the_file_holds_the_rows(tmp_path: Path, name: str, sizes: tuple[int, ...]) -> None:
    expected = batches(*sizes).read_all()
    found = write_results(batches(*sizes), tmp_path / name)
    read = READERS[name](tmp_path / name)

    assert (True, len(expected)) == (found.is_complete, found.rows)
    assert (tmp_path / name).stat().st_size == found.size_bytes
    assert expected.to_pylist() == read.to_pylist()


def test_what_is_there_already_is_not_replaced_unless_that_is_said(tmp_path: Path) -> None:
    out = tmp_path / "a.parquet"
    write_results(batches(1), out)
    with pytest.raises(SettingsError, match="is there already"):
        write_results(batches(2), out)

    assert 2 == write_results(batches(2), out, may_replace=True).rows


def test_one_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    found = write_results(batches(3), tmp_path / "a.csv", is_stopped=lambda: True)

    assert (False, []) == (found.is_complete, [*tmp_path.iterdir()])


def test_a_name_that_says_no_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected a name that ends with"):
        write_results(batches(1), tmp_path / "mids")


def test_a_column_that_cannot_stand_in_a_file_is_named_and_nothing_stays(tmp_path: Path) -> None:
    schema = pa.schema({"lists": pa.list_(pa.int64())})
    reader = pa.RecordBatchReader.from_batches(schema, [pa.record_batch([[[1]]], schema=schema)])
    with pytest.raises(SettingsError, match="lists"):
        write_results(reader, tmp_path / "a.csv")

    assert [] == [*tmp_path.iterdir()]
