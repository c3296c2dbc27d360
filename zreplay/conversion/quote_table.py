"""Blocks -> the batches of a converted file: the columns of `zreplay.read`.

Rule 1: what is missing is null, as an empty field is in a CSV: whoever reads the file tells it
from a number that way, `zreplay` too.
Rule 2: where no recording says a latency, there is no such column: a replay knows that it was none.
"""

from typing import Final

import numpy as np
import pyarrow as pa

from zreplay.quotes.arrow_batch import SCHEMA, TickerNames, batch_of
from zreplay.quotes.block import Block
from zreplay.recordings.csv.line_rows import NO_INDEX

LATENCY: Final = "latency_ms"
_FLOATS: Final = ("ask_price", "bid_price", "ask_amount", "bid_amount")
_INDEX: Final = "index"


class QuoteTable:
    """Makes batches of one `schema`."""

    def __init__(self, *, has_latency: bool) -> None:
        fields = [field for field in SCHEMA if has_latency or field.name != LATENCY]
        may_be_null = (*_FLOATS, _INDEX)
        self.schema = pa.schema(
            [field.with_nullable(True) if field.name in may_be_null else field for field in fields]
        )
        self._names = TickerNames()

    def batch(self, block: Block) -> pa.RecordBatch:
        """Return quotes as a batch of the schema."""
        columns = dict(zip(SCHEMA.names, batch_of(block, self._names).columns, strict=True))
        for name in _FLOATS:
            if (is_missing := np.isnan(getattr(block, name))).any():
                columns[name] = pa.array(getattr(block, name), mask=is_missing)
        if (is_missing := block.index == NO_INDEX).any():
            columns[_INDEX] = pa.array(block.index, mask=is_missing)
        return pa.RecordBatch.from_arrays(
            [columns[name] for name in self.schema.names], schema=self.schema
        )
