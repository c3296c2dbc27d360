"""A processor that depends on where a batch is cut is found out by cutting it."""

import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from protocol.errors import ProcessorError
from tests.zmid.processors.recorded import batch, loaded
from zmid.processors.computing import compute
from zmid.processors.csv_lines import csv_lines
from zmid.processors.processor import Processor, Table, Text, processor
from zmid.processors.quotes import Quotes
from zmid.processors.row_check import check_rows

SCHEMA = pa.schema({"value": pa.float64()})
INSTANT = pa.timestamp("ns", "UTC")
WIDE = pa.schema({"time": INSTANT, "text": pa.string(), "nested": pa.list_(pa.float64())})
COUNTER = itertools.count()


def table(values: Any) -> pa.RecordBatch:
    return pa.record_batch([pa.array(values, pa.float64())], schema=SCHEMA)


@processor(Text("a"), Table("b", SCHEMA))
def row_wise(quotes: Quotes) -> Any:
    values = np.where(quotes.record % 2, np.nan, quotes.bid_price)
    return csv_lines(quotes.ticker, values), table(values)


@processor(Text("a"), Table("b", SCHEMA))
def some_rows(quotes: Quotes) -> Any:
    is_mine = quotes.ticker == "A"
    return csv_lines(quotes.bid_price[is_mine]), table(quotes.bid_price[is_mine])


def wide(quotes: Quotes, last: str) -> Any:
    nested = [[value, float("nan"), None] for value in quotes.bid_price.tolist()]
    texts = ["x" * 300 + last] * quotes.count
    times = pa.array(quotes.timestamp_ns + 1).view(INSTANT)
    return pa.record_batch([times, texts, nested], schema=WIDE)


@processor(Table("b", WIDE))
def any_types(quotes: Quotes) -> Any:
    return wide(quotes, "")


@processor(Table("b", WIDE))
def long_texts(quotes: Quotes) -> Any:
    return wide(quotes, str(quotes.count))


@processor(Table("b", SCHEMA))
def mean(quotes: Quotes) -> Any:
    return table(quotes.bid_price - quotes.bid_price.mean())


@processor(Text("a"))
def head(quotes: Quotes) -> Any:
    return b"bid\n" + csv_lines(quotes.bid_price)


@processor(Text("a"))
def codes(quotes: Quotes) -> Any:
    return csv_lines(quotes.ticker_codes)


@processor(Text("a"))
def remembers(quotes: Quotes) -> Any:
    return csv_lines(quotes.bid_price + next(COUNTER))


def check(it: Processor, cut: int) -> None:
    mine = loaded(it)
    check_rows(mine, batch(), compute(mine, batch()), cut)


@pytest.mark.parametrize("cut", [1, 3, 5])
@pytest.mark.parametrize("it", [row_wise, some_rows, any_types], ids=lambda it: it.name)
def test_one_that_is_row_wise_passes_wherever_it_is_cut(it: Processor, cut: int) -> None:
    check(it, cut)


@pytest.mark.parametrize("it", [mean, head, codes, remembers, long_texts], ids=lambda it: it.name)
def test_one_that_is_not_is_named_with_its_records_and_the_cut(it: Processor) -> None:
    with pytest.raises(ProcessorError) as caught:
        check(it, 2)

    assert caught.value.what.startswith(f"processor {it.name} is not row-wise: ")
    assert caught.value.what.endswith(
        "of records 1000 to 1005 is other than when they are cut at record 1002"
    )
    assert "Z804" == caught.value.code
