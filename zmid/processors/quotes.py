"""The quotes of a batch as a processor gets them: columns, those that are wide without a copy."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from protocol.arrays import float64s, int64s
from protocol.messages import Batch
from protocol.narrow_codes import widened_codes
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
        """Return the quotes of a batch; its wide buffers are not copied."""
        columns, count = batch.columns, batch.count
        return cls(
            batch.mode,
            batch.segment,
            batch.first,
            count,
            int64s(columns.index, count),
            int64s(columns.timestamp_ns, count),
            float64s(columns.latency_ms, count),
            float64s(columns.ask_amount, count),
            float64s(columns.ask_price, count),
            float64s(columns.bid_price, count),
            float64s(columns.bid_amount, count),
            columns.ticker_names,
            widened_codes(columns.ticker_codes, count),
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
