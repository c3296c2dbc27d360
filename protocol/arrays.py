"""The columns of a batch -> numpy arrays, without a copy of those that are wide."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from protocol.messages import Batch, Buffer
from protocol.narrow_codes import widened_codes
from protocol.narrow_column import widened

_INT64_COLUMNS: Final = ("index", "timestamp_ns")
_FLOAT64_COLUMNS: Final = ("latency_ms", "ask_amount", "ask_price", "bid_price", "bid_amount")


def int64s(column: Buffer, count: int) -> npt.NDArray[np.int64]:
    """Return a column of so many integers, wide or narrow; read-only."""
    return np.frombuffer(widened(column, count), "<i8")


def float64s(column: Buffer, count: int) -> npt.NDArray[np.float64]:
    """Return a column of so many numbers, wide or narrow; read-only."""
    return np.frombuffer(widened(column, count), "<f8")


def quote_arrays(batch: Batch) -> dict[str, npt.NDArray[Any]]:
    """Return the quotes of a batch by column, each array `batch.count` long and read-only.

    `index` (-1 where there is none) and `timestamp_ns` (Unix time) are int64; `latency_ms`
    (NaN in live mode), both prices and both amounts (NaN where empty) are float64; `ticker`
    holds str objects. Quote i of the batch has the record number `batch.first + i`.
    """
    columns, count = batch.columns, batch.count
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name in _INT64_COLUMNS:
        arrays[name] = int64s(getattr(columns, name), count)
    for name in _FLOAT64_COLUMNS:
        arrays[name] = float64s(getattr(columns, name), count)
    names = np.array(columns.ticker_names, dtype=object)
    arrays["ticker"] = names[widened_codes(columns.ticker_codes, count)]
    arrays["ticker"].flags.writeable = False
    return arrays
