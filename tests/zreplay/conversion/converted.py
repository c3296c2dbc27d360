"""What the tests of conversions share: quotes that nobody chose, and what is read of a file."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet
from hypothesis import strategies as st

from zreplay import read
from zreplay.conversion.convert_settings import ConvertSettings
from zreplay.conversion.converter import Conversion, Converter
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.settings import MAX_JUMP_NS, REORDER_NS

START_NS = 1_759_363_199_000_000_000  # a second before a day ends
SECOND_NS = 1_000_000_000

_prices = st.one_of(st.none(), st.floats(0, 1e300), st.sampled_from([0.0, 1.5, 1e-9, 101.25]))
_amounts = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
quotes = st.fixed_dictionaries(
    {
        "timestamp": st.integers(START_NS, START_NS + 2 * SECOND_NS)
        | st.sampled_from([START_NS, START_NS + SECOND_NS]),
        "latency": st.floats(0, 2000) | st.sampled_from([0.0, 1e-6, 1000.0]),
        "ask_price": _prices,
        "bid_price": _prices,
        "ask_amount": _amounts,
        "bid_amount": _amounts,
        "index": st.none() | st.integers(0, 2**63 - 1),
    }
)
tickers = st.sampled_from(
    ["BTC", "ETH,USD", '"A"', ' b"c ', "", "Ä@€", "../x", ".hidden", "_a", "*"]
)


def recording(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write quotes as they are; a price of None is a side that is missing."""
    types = {"timestamp": pa.timestamp("ns"), "ticker": pa.string(), "index": pa.int64()}
    names = ("timestamp", "latency", "ticker", "ask_price", "bid_price", "ask_amount", "bid_amount")
    columns = {
        name: pa.array([row[name] for row in rows], types.get(name, pa.float64()))
        for name in (*names, "index")
    }
    pa_parquet.write_table(pa.table(columns), path)
    return path


def settings_of(
    *paths: Path, to: Path, columns: FormatOptions = NOTHING_SAID, **more: Any
) -> ConvertSettings:
    options: dict[str, Any] = {
        "selection": None,
        "latency": None,
        "max_jump_ns": MAX_JUMP_NS,
        "reorder_ns": REORDER_NS,
        "late": "stop",
        "max_buffer_rows": 2_000_000,
        "may_replace": True,
    }
    return ConvertSettings(historical=paths, columns=columns, out=to, **{**options, **more})


def converted(*paths: Path, to: Path, **more: Any) -> Conversion:
    return Converter(settings_of(*paths, to=to, **more)).convert()


def rows_of(*paths: Path, **options: Any) -> list[str]:
    """Return what a run would send of files, to the last bit; NaN is equal to itself."""
    table = read(*paths, **options).read_all()
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    return list(map(repr, zip(*(column.to_pylist() for column in columns), strict=True)))
