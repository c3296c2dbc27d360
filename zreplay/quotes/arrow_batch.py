"""A block -> an Arrow record batch with the columns that the library gives."""

from typing import Any, Final

import pyarrow as pa

from zreplay.quotes.block import Block

_INSTANT: Final = pa.timestamp("ns", tz="UTC")
MOST_ROWS: Final = 1_048_576
"""The most rows of a batch: their tickers always fit in one Arrow text array."""

type ArrowColumn = pa.Array[Any]
"""Known to the type checker only: pyarrow's classes take no brackets."""

_TYPES: Final[dict[str, pa.DataType]] = {
    "arrival": _INSTANT,
    "timestamp": _INSTANT,
    "latency_ms": pa.float64(),
    "ticker": pa.string(),
    "ask_price": pa.float64(),
    "bid_price": pa.float64(),
    "ask_amount": pa.float64(),
    "bid_amount": pa.float64(),
    "index": pa.int64(),
}
SCHEMA: Final = pa.schema([pa.field(name, kind, nullable=False) for name, kind in _TYPES.items()])
"""What `zreplay.read` yields. arrival = timestamp + latency; what is missing is NaN, an index -1.

A ticker is plain text: a dictionary would grow from batch to batch, and Arrow files, which hold
one for all batches, would refuse the second.
"""


class TickerNames:
    """The tickers as an Arrow array; blocks that share their names share it too."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._array = pa.array([], pa.string())

    def of(self, names: tuple[str, ...]) -> ArrowColumn:
        if names is not self._names:
            self._names, self._array = names, pa.array(names, pa.string())
        return self._array


def batch_of(block: Block, names: TickerNames) -> pa.RecordBatch:
    """Return a block as a batch; no number is copied."""
    # The cast of a dictionary is several times as fast as `take` of text.
    tickers = pa.DictionaryArray.from_arrays(block.ticker_codes, names.of(block.ticker_names))
    return pa.RecordBatch.from_arrays(
        [
            pa.array(block.arrival_ns).view(_INSTANT),
            pa.array(block.timestamp_ns).view(_INSTANT),
            pa.array(block.latency_ms),
            tickers.cast(pa.string()),
            pa.array(block.ask_price),
            pa.array(block.bid_price),
            pa.array(block.ask_amount),
            pa.array(block.bid_amount),
            pa.array(block.index),
        ],
        schema=SCHEMA,
    )
