"""The columns of `mids.arrows`: what workers write, and who reads or receives them expects."""

from typing import Final

import pyarrow as pa

INSTANT: Final[pa.DataType] = pa.timestamp("ns", "UTC")
MIDS_SCHEMA: Final = pa.schema(
    {
        "record": pa.int64(),
        "arrival": INSTANT,
        "timestamp": INSTANT,
        "latency_ms": pa.float64(),
        "ticker": pa.string(),
        "bid_price": pa.float64(),
        "ask_price": pa.float64(),
        "mid": pa.float64(),
    }
)
"""A row for each quote. What there is not is null: the latency of a live quote, a price that is
missing, the mid of a quote without a line in mid_prices.log, whose number it is otherwise."""
