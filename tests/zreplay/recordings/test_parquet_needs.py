"""A column that nobody needs is read if a value in it may refuse its row, and else is not."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.parquet_file import ParquetFile
from zreplay.recordings.parquet_needs import without_unneeded
from zreplay.recordings.recording import Parsed

COUNT = 6
FLOATS = [1.0, 2.0, None, 0.5, math.nan, -3.0]
ALWAYS = ["timestamp", "ticker", "ask_price", "bid_price", "latency"]


def written(path: Path, columns: dict[str, Any], **options: Any) -> ParquetFile:
    """Write two row groups with these columns beside those that a quote must have."""
    table = pa.table(
        {
            "nested": [{"ask_amount": math.inf}] * COUNT,
            "timestamp": pa.array(range(COUNT), pa.timestamp("us")),
            "ticker": ["T"] * COUNT,
            "ask_price": [2.0, 2.0, -1.0, 2.0, 2.0, 2.0],
            "bid_price": [1.0] * COUNT,
            **columns,
            "latency": [1.0] * COUNT,
        }
    )
    pa_parquet.write_table(table, path, row_group_size=3, **options)
    file = ParquetFile(path, 0, shared=SharedRows(are_bare=True))
    file.open()
    return file


def read_of(path: Path, said: FormatOptions = NOTHING_SAID) -> list[str]:
    """Return the names of the columns that are read."""
    opened, file = pa_parquet.ParquetFile(path), ParquetFile(path, 0, said)
    file.open()
    assert file.layout is not None
    return sorted({*without_unneeded(file.layout, opened).places} - {*ALWAYS})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, []),
        ({"index": range(COUNT), "ask_amount": FLOATS, "bid_amount": FLOATS}, []),
        ({"ask_amount": [*FLOATS[:5], math.inf], "bid_amount": FLOATS}, ["ask_amount"]),
        ({"ask_amount": FLOATS, "bid_amount": [-math.inf, *FLOATS[1:]]}, ["bid_amount"]),
        ({"ask_amount": range(COUNT)}, []),
        ({"ask_amount": pa.array([1.5] * COUNT, pa.float32())}, []),
        ({"ask_amount": pa.array(np.ones(COUNT, np.float16))}, ["ask_amount"]),
        ({"ask_amount": ["1"] * COUNT}, ["ask_amount"]),
        ({"ask_amount": [math.nan] * COUNT}, ["ask_amount"]),  # of which there are no statistics
        ({"ask_amount": pa.array([None] * COUNT, pa.float64())}, ["ask_amount"]),
        ({"index": pa.array(range(COUNT), pa.uint64())}, ["index"]),
        ({"index": [1.5] * COUNT}, ["index"]),
        ({"index": [str(row) for row in range(COUNT)]}, ["index"]),
    ],
)
def test_what_cannot_refuse_a_row_is_not_read(
    tmp_path: Path, columns: dict[str, Any], expected: list[str]
) -> None:
    written(tmp_path / "a.parquet", columns)

    assert expected == read_of(tmp_path / "a.parquet")


def test_without_statistics_amounts_are_read(tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", {"ask_amount": FLOATS}, write_statistics=False)

    assert ["ask_amount"] == read_of(tmp_path / "a.parquet")


def test_a_name_that_stands_for_two_columns_is_read(tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", {"a": [{"b": 1.0}] * COUNT, "a.b": FLOATS})

    said = FormatOptions({"ask_amount": "a.b"})
    assert ["ask_amount"] == read_of(tmp_path / "a.parquet", said)


amounts = st.lists(
    st.sampled_from([1.0, 0.0, -2.5, None, math.nan, math.inf, -math.inf]),
    min_size=COUNT,
    max_size=COUNT,
)


@given(amounts, amounts, st.booleans())
def test_the_same_rows_are_refused_as_where_all_is_read(
    tmp_path_factory: pytest.TempPathFactory, asks: Any, bids: Any, has_statistics: bool
) -> None:
    path = tmp_path_factory.mktemp("given") / "a.parquet"
    columns = {"index": range(COUNT), "ask_amount": asks, "bid_amount": bids}
    bare = written(path, columns, write_statistics=has_statistics)
    whole = ParquetFile(path, 0)

    assert said(whole) == said(bare)


def said(file: ParquetFile) -> tuple[object, ...]:
    parsed: list[Parsed] = []
    while (unparsed := file.cut(1 << 20)) is not None:
        parsed.append(unparsed())
    file.close()
    blocks = [each.source.block.bare() for each in parsed]
    columns = [column.tolist() for block in blocks for column in block.kept_columns]
    return columns, [each.rejections for each in parsed]
