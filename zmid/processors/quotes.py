"""The quotes of a batch as a processor gets them: columns, without a copy."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from protocol.messages import Batch
from zmid.mid_rule import arrivals_ns

Int64s = npt.NDArray[np.int64]
Float64s = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quotes:
    """Each array is `count` long and read-only; quote i has the record number `first + i`.

    `mode` is "historical" or "live", `segment` counts the stretches of the run. `timestamp_ns` is
    Unix time; `latency_ms` is NaN in live mode, an empty amount or price is NaN, a missing index
    is -1. The ticker of quote i is `ticker_names[ticker_codes[i]]`: which names there are, and in
    which order, depends on the batch.
    """

    mode: str
    segment: int
    first: int
    count: int
    index: Int64s
    timestamp_ns: Int64s
    latency_ms: Float64s
    ask_amount: Float64s
    ask_price: Float64s
    bid_price: Float64s
    bid_amount: Float64s
    ticker_names: tuple[str, ...]
    ticker_codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """Return the quotes of a batch; its buffers are not copied."""
        columns = batch.columns
        return cls(
            batch.mode,
            batch.segment,
            batch.first,
            batch.count,
            np.frombuffer(columns.index, "<i8"),
            np.frombuffer(columns.timestamp_ns, "<i8"),
            np.frombuffer(columns.latency_ms, "<f8"),
            np.frombuffer(columns.ask_amount, "<f8"),
            np.frombuffer(columns.ask_price, "<f8"),
            np.frombuffer(columns.bid_price, "<f8"),
            np.frombuffer(columns.bid_amount, "<f8"),
            columns.ticker_names,
            np.frombuffer(columns.ticker_codes, "<i4"),
        )

    @cached_property
    def ticker(self) -> npt.NDArray[Any]:
        """The ticker of each quote, as str objects."""
        return np.array(self.ticker_names, dtype=object)[self.ticker_codes]

    @cached_property
    def arrival_ns(self) -> Int64s:
        """The time by which quotes are replayed; without a latency, the timestamp."""
        return arrivals_ns(self.timestamp_ns, self.latency_ms)

    @property
    def record(self) -> Int64s:
        """The record number of each quote."""
        return np.arange(self.first, self.first + self.count)
