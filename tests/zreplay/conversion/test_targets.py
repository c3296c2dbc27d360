"""A quote is in the file of the day on which it arrives; one file is open at a time."""

from pathlib import Path

import pyarrow.parquet as pa_parquet

from tests.zreplay.example_quotes import make_block
from zreplay.conversion.quote_table import QuoteTable
from zreplay.conversion.targets import DayFiles, OneFile

DAY_NS = 86_400 * 10**9


def test_each_day_has_its_file_whatever_the_blocks(tmp_path: Path) -> None:
    days = DayFiles(tmp_path, ".parquet", QuoteTable(has_latency=True))
    days.write(make_block([-1, 0, 1]))
    days.write(make_block([DAY_NS - 1]))
    days.write(make_block([DAY_NS, 3 * DAY_NS]))
    days.close()

    rows = {file.name: pa_parquet.read_table(file).num_rows for file in tmp_path.iterdir()}
    assert {
        "1969-12-31.parquet": 1,
        "1970-01-01.parquet": 3,
        "1970-01-02.parquet": 1,
        "1970-01-04.parquet": 1,
    } == rows
    assert 4 == days.files


def test_without_a_quote_there_is_no_day_and_one_file_of_no_rows(tmp_path: Path) -> None:
    days = DayFiles(tmp_path, ".parquet", QuoteTable(has_latency=True))
    days.close()
    one = OneFile(tmp_path / "one", ".parquet", QuoteTable(has_latency=True))
    one.close()

    assert (0, 1, 0) == (days.files, one.files, pa_parquet.read_table(tmp_path / "one").num_rows)
