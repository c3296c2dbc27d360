"""Parquet files of a part."""

import random
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
    assert [3, 3, 1] == [group.num_rows for group in groups]
    assert (parquet.SortingColumn(0),) == tuple(groups[0].sorting_columns)
    assert file.size_bytes == (tmp_path / "a").stat().st_size


@pytest.mark.parametrize("seed", range(5))
def test_no_more_waits_than_a_row_group_and_cuts_do_not_show(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_output, "ROW_GROUP_ROWS", 1_000)
    chance = random.Random(seed)
    whole = batch(*range(10_500))
    files = []
    for name, cuts in (("one", [10_500]), ("many", [1, 7, 999, 1_000, 1_001, 4_000])):
        with (tmp_path / name).open("wb") as opened:
            files.append(CountedFile(opened))
            written, begin = ParquetFile(files[-1], SCHEMA, "n"), 0
            while begin < len(whole):
                rows = chance.choice(cuts)
                written.add(whole.slice(begin, rows))
                begin += rows
                assert written.waiting_rows < 1_000
            written.end()

    assert 11 == parquet.ParquetFile(tmp_path / "many").num_row_groups
    assert files[0].crc == files[1].crc


def test_of_long_texts_less_rows_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_output, "GROUP_BYTES", 10_000)
    schema = pa.schema({"text": pa.string()})
    with (tmp_path / "a").open("wb") as opened:
        written = ParquetFile(CountedFile(opened), schema)
        for _ in range(50):
            written.add(pa.record_batch({"text": ["a" * 999]}, schema=schema))
            assert written.waiting_bytes < 10_000
        written.end()

    assert 50 == parquet.read_table(tmp_path / "a").num_rows


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
