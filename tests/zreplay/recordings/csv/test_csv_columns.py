"""Columns become a block; what may not be a quote is odd, what surely is one is not."""

import io

import numpy as np
import pyarrow.csv as pa_csv
import pytest

from tests.zreplay.recordings.csv.headers import read_header
from zreplay.quotes.block import Block
from zreplay.recordings.csv.csv_columns import Bools, CsvColumns, column_types
from zreplay.recordings.csv.ticker_codes import TickerCodes

HEADER = b"timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency"
TARDIS = b"exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount"
GOOD = b"2025-10-02 00:00:00,A,1,2,1,1,0.5"


def block_of(header: bytes, *lines: bytes) -> tuple[Block, Bools]:
    layout = read_header(header, "a.csv")
    types = column_types(layout)
    table = pa_csv.read_csv(
        io.BytesIO(b"\n".join(lines)),
        pa_csv.ReadOptions(column_names=[f"f{place}" for place in range(len(layout.header))]),
        convert_options=pa_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=False,
        ),
    )
    return CsvColumns(table, layout, TickerCodes()).block(np.arange(len(lines)))


def test_a_good_row_is_not_odd() -> None:
    _, is_odd = block_of(HEADER, GOOD, GOOD.replace(b",1,2", b",,2"))

    assert [False, False] == is_odd.tolist()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b",2,", b",-2,"),
        (b",2,", b",1e999,"),
        (b"A,1", b"A,nan"),
        (b"A,1", b"A,inf"),
        (b"0.5", b""),
        (b"0.5", b"1e13"),
        (b":00,", b","),
        (b"2025-10-02 00:00:00", b""),
    ],
)
def test_a_row_that_may_be_none_is_odd(old: bytes, new: bytes) -> None:
    _, is_odd = block_of(HEADER, GOOD, GOOD.replace(old, new, 1), GOOD)

    assert [False, True, False] == is_odd.tolist()


def test_times_with_and_without_a_zone_stand_side_by_side() -> None:
    block, is_odd = block_of(HEADER, GOOD, GOOD.replace(b":00,", b":01Z,"))

    assert [0, 1_000_000_000] == (block.timestamp_ns - block.timestamp_ns[0]).tolist()
    assert [False, False] == is_odd.tolist()


def test_pairs_of_symbol_and_exchange_become_one_ticker_each() -> None:
    rows = [b"x,a,1,1,1,1,1,1", b"y,a,1,1,1,1,1,1", b"x,b,1,1,1,1,1,1", b"y,a,1,1,1,1,1,1"]

    block, _ = block_of(TARDIS, *rows)

    tickers = [block.ticker_names[code] for code in block.ticker_codes]
    assert ["A@X", "A@Y", "B@X", "A@Y"] == tickers
