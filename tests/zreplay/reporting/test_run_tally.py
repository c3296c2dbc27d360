"""What a report counts is what a plain loop over the rows counts, wherever batches are cut."""

import math
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from zreplay.reporting.run_tally import (
    LATENCY_EDGES_MS,
    NOT_KNOWN,
    TIME_BINS,
    MidSeries,
    Overview,
    TimeLine,
)

SCHEMA = pa.schema(
    {
        "arrival": pa.timestamp("ns", "UTC"),
        "latency_ms": pa.float64(),
        "ticker": pa.string(),
        "bid_price": pa.float64(),
        "ask_price": pa.float64(),
        "mid": pa.float64(),
    }
)
Row = tuple[int, float | None, str | None, float | None, float | None, float | None]
numbers = st.none() | st.integers(1, 9).map(float)
rows = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.none() | st.sampled_from([-5.0, 0.0, 0.5, 10.0, 1e9]),
        st.none() | st.sampled_from("ABC"),
        numbers,
        numbers,
        numbers,
    ),
    max_size=40,
)


def batches(rows: list[Row], cuts: list[int]) -> list[Any]:
    bounds = sorted({0, len(rows), *(cut % (len(rows) + 1) for cut in cuts)})
    return [
        pa.record_batch(
            [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)],
            schema=SCHEMA,
        )
        for low, high in zip(bounds, bounds[1:], strict=False)
        if (columns := [*zip(*rows[low:high], strict=True)])
    ]


def of(overview: Overview) -> list[tuple[Any, ...]]:
    return [
        tuple("nan" if value != value else value for value in row) for row in overview.tickers()
    ]


@given(rows, st.lists(st.integers(0, 100), max_size=5))
def test_a_ticker_has_what_its_rows_have(rows: list[Row], cuts: list[int]) -> None:
    overview = Overview()
    for batch in batches(rows, cuts):
        overview.add(batch)
    expected = []
    for ticker in {row[2] for row in rows}:
        own = [row for row in rows if row[2] == ticker]
        mids = [row[5] for row in own if row[5] is not None]
        spreads = [row[4] - row[3] for row in own if row[3] is not None and row[4] is not None]
        mean = sum(spreads) / len(spreads) if spreads else "nan"
        last = mids[-1] if mids else "nan"
        expected.append((ticker or NOT_KNOWN, len(own), len(mids), last, mean))

    assert sorted(expected, key=lambda row: (-row[1], row[0])) == of(overview)
    arrivals = [row[0] for row in rows]
    assert (min(arrivals, default=None), max(arrivals, default=None)) == (
        overview.first_ns,
        overview.last_ns,
    )
    known = [row[1] for row in rows if row[1] is not None]
    edges = LATENCY_EDGES_MS.tolist()
    assert [
        sum(low <= latency < high for latency in known)
        for low, high in zip(edges, edges[1:], strict=False)
    ] == overview.latencies.tolist()


@given(rows.filter(bool), st.lists(st.integers(0, 100), max_size=5))
def test_every_quote_and_mid_is_in_one_bin(rows: list[Row], cuts: list[int]) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    line = TimeLine(rows[0][0], rows[-1][0], ("A",))
    for batch in batches(rows, cuts):
        line.add(batch)

    assert len(rows) == int(line.quotes.sum())
    assert sum(row[5] is not None for row in rows) == int(line.mids.sum())
    own = [row for row in rows if row[2] == "A"]
    mids = [(row[0], row[5]) for row in own if row[5] is not None]
    drawn = line.series["A"].line()
    assert {*drawn} <= {*mids}
    assert {min(mids)[0], max(mids)[0]} <= {arrival for arrival, _ in drawn} if mids else not drawn
    extremes = {f(mid for _, mid in mids) for f in (min, max)} if mids else set()
    assert extremes <= {mid for _, mid in drawn}
    skipped = {
        (row[0], 0.5 * (row[3] + row[4])) for row in own if None is row[5] and row[3] and row[4]
    }
    assert {*line.series["A"].skipped.values()} <= skipped
    assert bool(skipped) == bool(line.series["A"].skipped)


def test_a_line_has_at_most_four_points_a_bin() -> None:
    count = 100_000
    row = pa.table(
        {
            "arrival": pa.array(range(count)).cast(SCHEMA.field("arrival").type),
            "latency_ms": pa.array([0.0] * count),
            "ticker": pa.array(["A"] * count),
            "bid_price": pa.array([1.0] * count),
            "ask_price": pa.array([1.0] * count),
            "mid": pa.array([math.sin(n) for n in range(count)]),
        }
    )
    line = TimeLine(0, count - 1, ("A",))
    for batch in row.to_batches(1_000):
        line.add(batch)

    assert TIME_BINS < len(line.series["A"].line()) <= 4 * TIME_BINS
    assert [] == MidSeries().line()
