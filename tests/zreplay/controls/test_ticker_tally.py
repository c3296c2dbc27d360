"""What is counted of each ticker is what a plain loop over the rows counts."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from zreplay.controls.ticker_tally import TickerRow, TickerTally

PRICES = st.none() | st.integers(0, 8).map(float)
ROWS = st.tuples(st.sampled_from(["A", "B", "Ö"]), PRICES, PRICES, st.booleans())
SCHEMA = pa.schema(
    {"ticker": pa.string(), "bid_price": pa.float64(), "ask_price": pa.float64()}
    | {"mid": pa.float64()}
)
Row = tuple[str, float | None, float | None, float | None]


def with_mid(row: tuple[str, float | None, float | None, bool]) -> Row:
    ticker, bid, ask, is_late = row
    mid = None if bid is None or ask is None or is_late else (bid + ask) / 2
    return ticker, bid, ask, mid


def plain(rows: list[Row]) -> dict[str, TickerRow]:
    found: dict[str, TickerRow] = {}
    for ticker, bid, ask, mid in rows:
        row = found.setdefault(ticker, TickerRow(ticker))
        row.quotes += 1
        if bid is not None and ask is not None:
            row.spreads += 1
            row.spread_sum += ask - bid
            row.skipped += mid is None
        if mid is not None:
            row.mids += 1
            row.last_mid = mid
    return found


def batch(rows: list[Row]) -> pa.RecordBatch:
    return pa.record_batch([[*column] for column in zip(*rows, strict=True)], schema=SCHEMA)


@given(st.lists(st.lists(ROWS.map(with_mid), min_size=1, max_size=20), min_size=1, max_size=4))
def test_it_is_what_a_loop_counts_however_the_rows_are_cut(groups: list[list[Row]]) -> None:
    tally = TickerTally()
    for rows in groups:
        tally.take(batch(rows))
    expected = plain([row for rows in groups for row in rows])
    listed, left_out = tally.listed(10)

    assert expected == {row.ticker: row for row in listed}
    assert [-row.quotes for row in listed] == sorted(-row.quotes for row in listed)
    assert (0, 0) == left_out


def test_what_is_not_listed_is_counted() -> None:
    tally = TickerTally()
    tally.take(batch([(name, 1.0, 2.0, 1.5) for name in "AABBBC"]))
    listed, left_out = tally.listed(1)

    assert (["B"], (2, 3)) == ([row.ticker for row in listed], left_out)


def test_more_tickers_than_the_limit_are_counted_together() -> None:
    tally = TickerTally(most_tickers=2)
    tally.take(batch([(name, 1.0, 2.0, 1.5) for name in "ABCDA"]))
    listed, left_out = tally.listed(9)

    assert (2, 3, (0, 2)) == (tally.tickers, sum(row.quotes for row in listed), left_out)


def test_a_ticker_without_a_price_has_no_mid_and_no_spread() -> None:
    tally = TickerTally()
    tally.take(batch([("A", None, 2.0, None)]))
    (row,), _ = tally.listed(1)

    assert {"ticker": "A", "quotes": 1, "mids": 0, "skipped": 0} == {
        name: value for name, value in row.as_fields().items() if value is not None
    }
