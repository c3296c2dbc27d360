"""Parquet files of a part."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from zreplay.backfilling import parquet_output
from zreplay.backfilling.parquet_output import ParquetFile
from zreplay.backfilling.part_files import TABLE, CountedFile, PartWriter
from zreplay.backfilling.store import FolderStore

SCHEMA = pa.schema({"n": pa.int64()})


def batch(*numbers: int) -> pa.RecordBatch:
    return pa.record_batch({"n": pa.array(numbers, pa.int64())})


def test_rows_are_in_row_groups_and_say_by_what_they_are_sorted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_output, "ROW_GROUP_ROWS", 3)
    with (tmp_path / "a").open("wb") as opened:
        file = CountedFile(opened)
        written = ParquetFile(file, SCHEMA, "n")
        for numbers in ((1,), (2, 3, 4, 5), (6,), (7,)):
            written.add(batch(*numbers))
        written.end()

    found = parquet.ParquetFile(tmp_path / "a")
    assert [*range(1, 8)] == found.read()["n"].to_pylist()
    groups = [found.metadata.row_group(at) for at in range(found.num_row_groups)]
    assert [3, 2, 2] == [group.num_rows for group in groups]
    assert (parquet.SortingColumn(0),) == tuple(groups[0].sorting_columns)
    assert file.size_bytes == (tmp_path / "a").stat().st_size


def test_texts_alone_have_a_dictionary(tmp_path: Path) -> None:
    schema = pa.schema({"n": pa.int64(), "ticker": pa.string()})
    with (tmp_path / "a").open("wb") as opened:
        written = ParquetFile(CountedFile(opened), schema)
        written.add(pa.record_batch({"n": [5, 5], "ticker": ["A", "A"]}, schema=schema))
        written.end()

    group = parquet.ParquetFile(tmp_path / "a").metadata.row_group(0)
    assert [False, True] == [group.column(at).has_dictionary_page for at in range(2)]


def test_without_a_row_it_is_a_file_with_its_columns(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as opened:
        ParquetFile(CountedFile(opened), SCHEMA).end()

    assert (SCHEMA, 0) == (
        parquet.read_schema(tmp_path / "a").remove_metadata(),
        parquet.read_table(tmp_path / "a").num_rows,
    )


def test_one_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    writer = PartWriter(store, 0, "k", (TABLE,))
    ParquetFile(writer.files[TABLE], SCHEMA).add(batch(1))

    writer.close()

    assert {} == store.sizes("")
