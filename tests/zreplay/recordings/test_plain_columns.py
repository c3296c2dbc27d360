"""What the compiled code makes of columns is what the numpy code makes of them, or nothing."""

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.forms import in_form
from zreplay.quotes.block import COLUMN_NAMES, Block, TimeBounds
from zreplay.recordings.csv.csv_header import layout_of
from zreplay.recordings.csv.judged_rows import JudgedRows
from zreplay.recordings.csv.ticker_codes import TickerCodes
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.parquet_columns import ParquetColumns
from zreplay.recordings.plain_columns import UNITS_NS, PlainColumns

pytestmark = pytest.mark.usefixtures("compiled")

TIMES, LATENCIES = "timestamp", "latency"
PRICES, AMOUNTS = ("ask_price", "bid_price"), ("ask_amount", "bid_amount")
NAMES = ("index", TIMES, "ticker", *PRICES, *AMOUNTS, LATENCIES)
START_NS = 1_759_363_200 * 10**9

Values = dict[str, list[object]]


@pytest.fixture(autouse=True)
def long_vectors_again(compiled: None) -> Iterator[None]:
    from zreplay.recordings.compiled_quotes import use_narrow

    yield
    use_narrow(False)


def batch_of(values: Values, unit: str = "ns") -> pa.RecordBatch:
    """Return columns by name; a time is in units."""
    times: pa.DataType = pa.timestamp(unit)  # type: ignore[call-overload]  # any of them
    kinds = {"index": pa.int64(), TIMES: times, "ticker": pa.string()}
    arrays = {name: pa.array(each, kinds.get(name, pa.float64())) for name, each in values.items()}
    arrays["ticker"] = arrays["ticker"].dictionary_encode()
    return pa.RecordBatch.from_pydict(arrays)


def layout_for(batch: pa.RecordBatch, *, may_be_negative: bool = False) -> Layout:
    layout = layout_of(tuple(batch.schema.names), "a.parquet")
    return replace(layout, may_be_negative=may_be_negative)


def read(batch: pa.RecordBatch, layout: Layout, form: str) -> JudgedRows:
    with in_form(form):
        return ParquetColumns(layout, 3).read(batch, 1000)


def shown(rows: JudgedRows) -> object:
    block = rows.block
    columns = [getattr(block, name) for name in COLUMN_NAMES]
    bounds = block.bounds if len(block) else None
    kinds_and_bytes = [(column.dtype, column.tobytes()) for column in columns]
    return kinds_and_bytes, block.ticker_names, bounds, rows.faults


def plain_block(batch: pa.RecordBatch, layout: Layout) -> Block | None:
    """Return what the compiled code makes of columns in the order of the layout."""
    names = tuple(layout.places)
    header = tuple(layout.spelled(name) for name in names)
    places = {name: place for place, name in enumerate(names)}
    columns = [batch.column(name) for name in header]
    return PlainColumns(replace(layout, header=header, places=places), TickerCodes()).block(
        columns, 0
    )


prices = st.floats(0, 1e300) | st.sampled_from([0.0, -0.0, 5e-324, 1.7976931348623157e308])
amounts = prices | st.sampled_from([None, math.nan, -1.0])
indexes = st.integers(-(2**63), 2**63 - 1) | st.none()
# Sums whose last digit is a half are rounded to the even one.
latencies = (
    st.floats(-1e4, 1e4)
    | st.integers(-(10**9), 10**9).map(lambda number: number / 1e6 + 5e-7)
    | st.sampled_from([0.0, -0.0, 1e-7, 2251799813.0, -2251799813.0])
)
plain_rows = {
    "index": indexes,
    "ticker": st.sampled_from(["A", "B", "ö", "a long name of a ticker", ""]).filter(bool),
    **dict.fromkeys(PRICES, prices),
    **dict.fromkeys(AMOUNTS, amounts),
    LATENCIES: latencies,
}
odd_values = {
    "index": indexes,
    "ticker": st.sampled_from([None, "", "x" * 257]),
    **dict.fromkeys(PRICES, st.sampled_from([None, math.nan, math.inf, -math.inf, -1.0, -5e-324])),
    **dict.fromkeys(AMOUNTS, st.sampled_from([math.inf, -math.inf])),
    LATENCIES: st.sampled_from(
        [None, math.nan, math.inf, 2**51 / 1e6, -(2**51) / 1e6, 4.7e12, -4.7e12, 1e13, 1e300]
    ),
    TIMES: st.none() | st.integers(-(2**63), 2**63 - 1),
}


@st.composite
def columns(draw: st.DrawFn, unit: str) -> Values:
    """Draw rows that are plain, and then some odd values in them."""
    count = draw(st.integers(1, 40))
    around = START_NS // UNITS_NS[unit]
    most = (2**62 - 1) // UNITS_NS[unit]
    times = st.integers(around - 10**6, around + 10**6) | st.sampled_from([0, most, -most])
    rows = {**plain_rows, TIMES: times}
    values: Values = {
        name: draw(st.lists(rows[name], min_size=count, max_size=count)) for name in NAMES
    }
    for name in draw(st.lists(st.sampled_from([*odd_values]), max_size=2)):
        values[name][draw(st.integers(0, count - 1))] = draw(odd_values[name])
    for name in draw(st.sets(st.sampled_from(["index", *AMOUNTS]))):
        del values[name]
    return values


@given(st.sampled_from([*UNITS_NS]), st.booleans(), st.booleans(), st.data())
def test_rows_are_read_as_numpy_reads_them(
    unit: str, may_be_negative: bool, is_narrow: bool, data: st.DataObject
) -> None:
    from zreplay.recordings.compiled_quotes import use_narrow

    batch = batch_of(data.draw(columns(unit)), unit)
    first = data.draw(st.integers(0, len(batch) - 1))
    part = batch.slice(first, data.draw(st.integers(1, len(batch) - first)))
    layout = layout_for(batch, may_be_negative=may_be_negative)
    use_narrow(is_narrow)

    assert shown(read(part, layout, "plain")) == shown(read(part, layout, "compiled"))


GOOD: Values = {
    "index": [7, None, 8] * 20,
    TIMES: [START_NS // 1000 + number for number in range(60)],
    "ticker": ["B", "A", "B"] * 20,
    **{name: [1.5, 0.0, 1e9] * 20 for name in PRICES},
    **{name: [1.0, None, math.nan] * 20 for name in AMOUNTS},
    LATENCIES: [0.5, -3.25, 20.0] * 20,
}


@pytest.mark.parametrize("left_out", [(), ("index", *AMOUNTS)])
def test_rows_without_anything_odd_are_read_in_one_pass(left_out: tuple[str, ...]) -> None:
    batch = batch_of({name: each for name, each in GOOD.items() if name not in left_out}, "us")

    block = plain_block(batch, layout_for(batch))

    assert block is not None
    first_ns = START_NS + 500_000
    assert first_ns == block.arrival_ns[0]
    assert block.bounds == replaced_bounds(block)


def replaced_bounds(block: Block) -> TimeBounds:
    """Return the bounds as they are found in the times, not as they came."""
    return replace(block, arrival_ns=block.arrival_ns).bounds


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (TIMES, None),
        (TIMES, 2**62 // 1000 + 1),
        ("ticker", None),
        ("ticker", "x" * 257),
        (LATENCIES, math.nan),
        (LATENCIES, None),
        (LATENCIES, 2**51 / 1e6),
        *((name, value) for name in PRICES for value in (None, math.nan, math.inf, -1.0)),
        *((name, value) for name in AMOUNTS for value in (math.inf, -math.inf)),
    ],
)
def test_one_row_that_is_not_plain_leaves_all_to_numpy(name: str, value: object) -> None:
    for row in (0, 31, 59):
        values = {**GOOD, name: [*GOOD[name][:row], value, *GOOD[name][row + 1 :]]}
        batch = batch_of(values, "us")

        assert plain_block(batch, layout_for(batch)) is None


@pytest.mark.parametrize("name", [LATENCIES, "ask_price", "bid_amount", "index", TIMES])
def test_a_column_of_another_type_is_left_to_numpy(name: str) -> None:
    batch = batch_of(GOOD, "us")
    place = batch.schema.get_field_index(name)
    other = pa.array([1] * len(batch), pa.int64() if name != "index" else pa.float64())
    changed = batch.set_column(place, name, other)

    assert plain_block(changed, layout_for(changed)) is None
    layout = layout_for(changed)
    assert shown(read(changed, layout, "plain")) == shown(read(changed, layout, "compiled"))


def test_a_batch_without_rows_has_none() -> None:
    batch = batch_of(GOOD, "us").slice(0, 0)

    assert plain_block(batch, layout_for(batch)) is None
    assert 0 == len(read(batch, layout_for(batch), "compiled").block)


def test_without_the_compiled_part_there_is_no_block() -> None:
    batch = batch_of(GOOD, "us")
    with in_form("plain"):
        assert plain_block(batch, layout_for(batch)) is None


def test_names_are_numbered_as_they_were_before() -> None:
    batch = batch_of(GOOD, "us")
    reader = ParquetColumns(layout_for(batch), 0)
    first = reader.read(batch, 0).block
    others = batch.set_column(
        batch.schema.get_field_index("ticker"),
        "ticker",
        pa.array(["C", "A", "B"] * 20).dictionary_encode(),
    )

    second = reader.read(others, len(batch)).block

    assert (("B", "A"), ("B", "A", "C")) == (first.ticker_names, second.ticker_names)
    assert [2, 1, 0] * 20 == second.ticker_codes.tolist()
    assert np.int32 == second.ticker_codes.dtype
