"""A row of a Parquet file equals the same row of a CSV: quote or fault, with the same reason."""

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import InputError
from tests.forms import FORMS, in_form
from tests.zreplay.recordings.csv.test_csv_rows import quotes_of
from zreplay.quotes.rejection import NEGATIVE
from zreplay.recordings.csv.csv_header import layout_of
from zreplay.recordings.csv.judged_rows import LineFault
from zreplay.recordings.csv.line_fields import Fault
from zreplay.recordings.csv.line_rows import read_fields
from zreplay.recordings.parquet_columns import FEW_ROWS, ParquetColumns, check_types

OWN = ("timestamp", "ticker", "ask_price", "bid_price", "ask_amount", "bid_amount", "latency")
TARDIS = ("exchange", "symbol", "timestamp", "local_timestamp", *OWN[2:6])
TIME = 1_759_363_200_290_000_000
GOOD = (TIME, "A", 2.0, 1.5, 1.0, None, 24.435913010256233, 7)

Values = tuple[object, ...]


def batch_of(rows: list[Values], timestamps: pa.DataType, index: pa.DataType) -> pa.RecordBatch:
    """Return rows of our own layout; a timestamp is nanoseconds, given in another unit."""
    unit_ns = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}[getattr(timestamps, "unit", "ns")]
    columns = list(zip(*rows, strict=True)) or [()] * (len(OWN) + 1)
    times = [None if time is None else time // unit_ns for time in columns[0]]
    arrays = [pa.array(times, pa.int64()).cast(timestamps), pa.array(columns[1], pa.string())]
    arrays += [pa.array(column, pa.float64()) for column in columns[2:7]]
    arrays.append(pa.array(columns[7], index))
    return pa.RecordBatch.from_arrays(arrays, [*OWN, "Index"])


def read(batch: pa.RecordBatch, first_row: int = 100) -> tuple[list[Values], list[LineFault]]:
    layout = layout_of(tuple(batch.schema.names), "a.parquet")
    check_types(batch.schema, layout, "a.parquet")
    rows = ParquetColumns(layout, 0).read(batch, first_row)
    return quotes_of(rows.block), rows.faults


def text_of(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def time_text(time_ns: int) -> str:
    return str(pa.scalar(time_ns, pa.timestamp("ns")).cast(pa.string()).as_py())


floats = st.none() | st.floats() | st.sampled_from([0.0, 1.5, -1.0, math.nan, math.inf, 1e300])
rows_of_ours = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.just(TIME),
    st.none() | st.sampled_from(["A", "", "ö,\n", "x" * 257]),
    *[floats] * 5,
    st.none() | st.integers(-(2**63), 2**63 - 1),
)


@given(st.lists(st.just(GOOD) | rows_of_ours, max_size=30))
def test_rows_are_what_they_would_be_in_a_csv(rows: list[Values]) -> None:
    quotes, faults = read(batch_of(rows, pa.timestamp("ns"), pa.int64()))

    layout = layout_of((*OWN, "index"), "a")
    expected_quotes, expected_faults = [], []
    for number, row in enumerate(rows):
        time = "" if row[0] is None else time_text(row[0])  # type: ignore[arg-type]
        judged = read_fields([time, *map(text_of, row[1:])], layout)
        if isinstance(judged, Fault):
            expected_faults.append((number, judged.reason))
        else:
            expected_quotes.append((100 + number, judged.arrival_ns, judged.ticker))
    assert expected_quotes == [(quote[0], quote[1], quote[-1]) for quote in quotes]
    assert expected_faults == [(fault.number, fault.fault.reason) for fault in faults]


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_timestamp_may_be_of_any_unit_and_zone(unit: str, zone: str | None) -> None:
    whole = TIME - TIME % 10**9
    row = (whole, *GOOD[1:])

    [quote], faults = read(batch_of([row], pa.timestamp(unit, zone), pa.int32()))

    assert (whole, []) == (quote[3], faults)


def test_integers_are_nanoseconds_and_a_fault_shows_a_time_that_can_be_read() -> None:
    rows = [GOOD, (TIME, "A", -2.0, *GOOD[3:])]

    [quote], [fault] = read(batch_of(rows, pa.int64(), pa.float64()))

    assert (TIME, 7) == (quote[3], quote[2])
    assert ("ask_price", "-2", *NEGATIVE) == fault.fault


def test_texts_are_read_as_in_a_csv() -> None:
    columns = {
        "timestamp": ["2025-10-02 00:00:00.29", "2025-10-02T00:00:00Z", "noon", None],
        **dict.fromkeys(("ask_price", "bid_price"), ["1.5", " 2 ", "1", "1"]),
        **dict.fromkeys(("ask_amount", "bid_amount"), ["1", "", None, "1"]),
        "latency_ms": ["24.4", "-1", "1", "1"],
    }
    arrays = {name: pa.array(values, pa.large_string()) for name, values in columns.items()}
    tickers = pa.array(["A", "B", "A", None]).dictionary_encode()
    batch = pa.RecordBatch.from_pydict({**arrays, "ticker": tickers})

    quotes, faults = read(batch)

    assert [("A", TIME), ("B", TIME - 290_000_000)] == [(quote[-1], quote[3]) for quote in quotes]
    assert [2, 3] == [fault.number for fault in faults]
    assert {"timestamp"} == {fault.fault.column for fault in faults}


@pytest.mark.parametrize("form", FORMS)
def test_a_name_that_is_null_in_its_dictionary_is_an_empty_one(form: str) -> None:
    batch = batch_of([GOOD] * 3, pa.timestamp("ns"), pa.int64())
    tickers = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1], pa.int32()), ["A", None])

    with in_form(form):
        quotes, faults = read(batch.set_column(1, "ticker", tickers))

    assert (["A", "", ""], []) == ([quote[-1] for quote in quotes], faults)


def test_tardis_is_known_by_its_columns() -> None:
    values = ["binance", "btcusdt", TIME // 1000, TIME // 1000 + 20_500, 2.0, 1.0, 1.0, 1.0]
    batch = pa.RecordBatch.from_pydict(
        {name: [value] for name, value in zip(TARDIS, values, strict=True)}
    )

    [quote], faults = read(batch)

    assert (TIME, 20.5, "BTCUSDT@BINANCE", []) == (quote[3], quote[4], quote[-1], faults)


@pytest.mark.parametrize("count", [0, 1, FEW_ROWS, 3 * FEW_ROWS + 1])
def test_one_row_beyond_all_bounds_costs_no_other(count: int) -> None:
    far = pa.array([253_402_300_799], pa.int64()).cast(pa.timestamp("s"))  # the year 9999
    batch = batch_of([GOOD] * count, pa.timestamp("s"), pa.int64())
    bad = batch_of([GOOD], pa.timestamp("s"), pa.int64()).set_column(0, "timestamp", far)
    table = pa.Table.from_batches([batch, bad, batch]).combine_chunks()

    quotes, [fault] = read(table.to_batches()[0])

    assert 2 * count == len(quotes)
    assert (count, "outside of 64 bits of nanoseconds") == (fault.number, fault.fault.reason)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("timestamp", pa.float64()),
        ("timestamp", pa.date32()),
        ("timestamp", pa.uint64()),
        ("ask_price", pa.bool_()),
        ("ask_amount", pa.timestamp("ns")),
        ("ticker", pa.binary()),
        ("latency", pa.list_(pa.float64())),
    ],
)
def test_a_column_of_another_type_is_refused_at_once(name: str, kind: pa.DataType) -> None:
    batch = batch_of([GOOD], pa.timestamp("ns"), pa.int64())
    place = batch.schema.get_field_index(name)

    with pytest.raises(InputError, match=name) as error:
        read(batch.set_column(place, name, pa.nulls(1, kind)))
    assert "Z402" == error.value.code
