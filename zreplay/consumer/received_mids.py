"""Committed mids from the wire -> Arrow record batches, and how many of each ticker were missed."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from protocol.messages import Buffer
from protocol.mids_schema import INSTANT, MIDS_SCHEMA
from protocol.published import PublishedEnd, PublishedMids
from zreplay.historical.ticker_choice import TickerChoice
from zreplay.quotes.arrow_batch import ArrowColumn

NO_MIDS: Final = pa.RecordBatch.from_pylist([], schema=MIDS_SCHEMA)


class ReceivedMids(NamedTuple):
    """Committed quotes of one ticker in record order, with their mids, as in `mids.arrows`.

    `missing` quotes of this ticker that came earlier in the run did not come here; at the end
    there is one without quotes for each ticker of which some did not. The first `repeated` came
    before: a sink whose disk was damaged goes back.
    """

    quotes: pa.RecordBatch
    ticker: str
    missing: int
    repeated: int = 0


class MidsReceiver:
    """Keeps how many quotes of each ticker have come, or are known to be missed."""

    def __init__(self, choice: TickerChoice) -> None:
        self.is_over = self.was_stopped = False
        self.run = b""
        self._choice = choice
        self._counts: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many quotes of all tickers have come or are known to be missed."""
        return sum(self._counts.values())

    def received(self, mids: PublishedMids) -> Iterator[ReceivedMids]:
        """Yield what a message holds, if its ticker is chosen."""
        self._meet(mids.run)
        if not self._choice.has(mids.ticker):
            return
        known, end = self._counts.get(mids.ticker, 0), mids.before + mids.count
        missing = max(0, mids.before - known)
        repeated = min(max(0, known - mids.before), mids.count)
        self._counts[mids.ticker] = max(known, end)
        yield ReceivedMids(_batch(mids), mids.ticker, missing, repeated)

    def ended(self, end: PublishedEnd) -> Iterator[ReceivedMids]:
        """Yield what was missed at the last, of each ticker."""
        self._meet(end.run)
        for ticker, count in end.tickers:
            known = self._counts.get(ticker, 0)
            if count > known and self._choice.has(ticker):
                self._counts[ticker] = count
                yield ReceivedMids(NO_MIDS, ticker, count - known)
        self.is_over, self.was_stopped = not end.left, end.is_stopped

    def _meet(self, run: bytes) -> None:
        if run != self.run:
            self.run, self._counts = run, {}


def _batch(mids: PublishedMids) -> pa.RecordBatch:
    record, arrival, timestamp = map(_integers, (mids.record, mids.arrival_ns, mids.timestamp_ns))
    latency, bid, ask, mid = map(
        _numbers, (mids.latency_ms, mids.bid_price, mids.ask_price, mids.mid)
    )
    columns = [
        *(record, arrival.view(INSTANT), timestamp.view(INSTANT), latency),
        *(pa.repeat(mids.ticker, mids.count), bid, ask, mid),
    ]
    return pa.record_batch(columns, schema=MIDS_SCHEMA)


def _integers(column: Buffer) -> ArrowColumn:
    integers: ArrowColumn = pa.array(np.frombuffer(column, "<i8"))
    return integers


def _numbers(column: Buffer) -> ArrowColumn:
    numbers: ArrowColumn = pa.array(np.frombuffer(column, "<f8"), from_pandas=True)
    return numbers
