"""A BATCH from the wire -> its quotes as an Arrow record batch, and their place in the run."""

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from protocol.arrays import quote_arrays
from protocol.messages import Batch
from protocol.narrow_codes import widened_codes
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.arrow_batch import SCHEMA, TickerNames, batch_of
from zreplay.quotes.block import Block

NO_QUOTES: Final = pa.RecordBatch.from_pylist([], schema=SCHEMA)


class Received(NamedTuple):
    """Quotes of one batch: `quotes` has the schema of `zreplay.read`.

    They are records `first`, `first + 1`, ... of the run. `mode` is "historical" or "live".
    `segment` counts the stretches of the run, and `reason` says why this one began: "start",
    "mode", "seek", "loop", or "gap". `missing` records before it did not come: another consumer
    has them, or they were lost on the way. The first `repeated` of it came before: a replayer that
    was restarted goes back to what is committed.
    """

    quotes: pa.RecordBatch
    mode: str
    segment: int
    reason: str
    first: int
    missing: int
    repeated: int = 0


class Receiver:
    """Keeps how far the records of a run have come."""

    def __init__(self) -> None:
        self._names = TickerNames()
        self._mode, self._segment, self._reason = "", 0, ""
        self._run, self._next, self._furthest = b"", 0, 0

    def received(self, batch: Batch) -> Received:
        """Return what a batch holds; a run that is another one begins at its first record."""
        if batch.run != self._run:
            self._begin(batch.run)
        missing = max(0, batch.first - self._next)
        repeated = min(max(0, self._furthest - batch.first), batch.count)
        self._next = batch.first + batch.count
        self._furthest = max(self._furthest, self._next)
        self._mode, self._segment, self._reason = batch.mode, batch.segment, batch.reason
        quotes = batch_of(_block(batch), self._names)
        return Received(quotes, *self._stretch, batch.first, missing, repeated)

    def ended(self, run: bytes, end: int) -> Received | None:
        """Return what says that records before the end did not come, None if all have."""
        if run != self._run:
            self._begin(run)
        missing, self._next = end - self._next, end
        return Received(NO_QUOTES, *self._stretch, end, missing) if missing > 0 else None

    @property
    def _stretch(self) -> tuple[str, int, str]:
        return self._mode, self._segment, self._reason

    def _begin(self, run: bytes) -> None:
        self._run, self._next, self._furthest = run, 0, 0


def _block(batch: Batch) -> Block:
    """Return the quotes of a batch; a live one, whose latency is unknown, arrives when it says."""
    arrays: dict[str, Any] = quote_arrays(batch)
    del arrays["ticker"]
    arrival_ns, is_known = arrivals_ns(arrays["timestamp_ns"], arrays["latency_ms"])
    return Block(
        arrival_ns=np.where(is_known, arrival_ns, arrays["timestamp_ns"]),
        position=np.arange(batch.first, batch.first + batch.count),
        ticker_codes=widened_codes(batch.columns.ticker_codes, batch.count),
        ticker_names=batch.columns.ticker_names,
        **arrays,
    )
