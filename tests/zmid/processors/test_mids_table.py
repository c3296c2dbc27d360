"""A row for each quote: its mid is the number in the log, or null where there is no line."""

import math
import struct

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.messages import HISTORICAL, LIVE, Batch
from protocol.mids_schema import MIDS_SCHEMA as SCHEMA
from tests.zmid.processors.recorded import batch
from zmid.mid import mid_lines
from zmid.mid_rule import MidRule
from zmid.processors.computing import Loaded, compute
from zmid.processors.mids_table import mids_table
from zmid.processors.row_check import check_rows

pytestmark = pytest.mark.usefixtures("form")

RULE = MidRule(20.0, "exchange")
PRICES = (
    st.floats(-1e300, 1.7e308)
    | st.floats(0, 1e6).map(lambda x: round(x, 4))
    | st.sampled_from((math.nan, -0.0, 0.0, 1e-9, 1e15))
)
ROWS = st.tuples(PRICES, PRICES, st.floats(-1e6, 1e6) | st.just(20.0))


def with_rows(rows: list[tuple[float, float, float]], mode: str) -> Batch:
    whole = batch(len(rows))
    names = ("bid_price", "ask_price", "latency_ms")
    columns = (struct.pack(f"<{len(rows)}d", *column) for column in zip(*rows, strict=True))
    changed = replace(whole.columns, **dict(zip(names, columns, strict=True)))
    return replace(whole, mode=mode, columns=changed)


def table(loaded: Loaded, of: Batch) -> dict[str, list[object]]:
    (data,) = compute(loaded, of)
    rows = pa.ipc.read_record_batch(pa.py_buffer(data), SCHEMA)
    numbers = [pa.int64() if pa.types.is_timestamp(each) else each for each in rows.schema.types]
    return {
        name: rows.column(name).cast(kind).to_pylist()
        for name, kind in zip(rows.schema.names, numbers, strict=True)
    }


@given(st.lists(ROWS, min_size=1, max_size=20), st.sampled_from((HISTORICAL, LIVE)))
def test_the_mid_is_the_number_of_the_log_and_null_where_there_is_no_line(
    rows: list[tuple[float, float, float]], mode: str
) -> None:
    quotes = with_rows(rows, mode)
    lines = bytes(mid_lines(quotes, RULE).mids).decode().splitlines()
    mids = table(mids_table(RULE), quotes)["mid"]

    assert [float(line.split(", ")[1]) for line in lines] == [
        mid for mid in mids if mid is not None
    ]
    is_late = [mode == HISTORICAL and latency > 20.0 for _, _, latency in rows]
    is_blank = [math.isnan(bid + ask) for bid, ask, _ in rows]
    assert [a or b for a, b in zip(is_late, is_blank, strict=True)] == [mid is None for mid in mids]


def test_each_row_says_whose_quote_it_is() -> None:
    rows = [(1.0, 3.0, 1.5), (math.nan, 3.0, 2.0)]
    read = table(mids_table(RULE), with_rows(rows, HISTORICAL))

    assert ([1000, 1001], ["B", "C"]) == (read["record"], read["ticker"])
    assert ([1.0, None], [3.0, 3.0], [1.5, 2.0]) == (
        *(read["bid_price"], read["ask_price"], read["latency_ms"]),
    )
    assert [2.0, None] == read["mid"]
    assert [1000 * 10**9, 1001 * 10**9] == read["timestamp"]
    assert [1000 * 10**9 + 1_500_000, 1001 * 10**9 + 2_000_000] == read["arrival"]


def test_a_live_quote_has_no_latency() -> None:
    rows = [(1.0, 3.0, math.nan)]

    assert [None] == table(mids_table(RULE), with_rows(rows, LIVE))["latency_ms"]


@pytest.mark.parametrize("cut", [1, 5, 11])
def test_it_is_row_wise(cut: int) -> None:
    loaded, quotes = mids_table(RULE), batch(12)
    check_rows(loaded, quotes, compute(loaded, quotes), cut)


def test_another_threshold_is_another_table() -> None:
    one, other = (mids_table(MidRule(each, "exchange")).declaration for each in (20.0, 21.0))

    assert ("threshold_ms=20", True) == (one.parameters, one.digest != other.digest)
