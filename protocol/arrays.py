"""The columns of a batch -> numpy arrays, without a copy of those that are wide."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from protocol.messages import Batch
from protocol.narrow_codes import widened_codes
from protocol.narrow_column import widened

_INT64_COLUMNS: Final = ("index", "timestamp_ns")
_FLOAT64_COLUMNS: Final = ("latency_ms", "ask_amount", "ask_price", "bid_price", "bid_amount")


def quote_arrays(batch: Batch) -> dict[str, npt.NDArray[Any]]:
    """Return the quotes of a batch by column, each array `batch.count` long and read-only.

    `index` (-1 where there is none) and `timestamp_ns` (Unix time) are int64; `latency_ms`
    (NaN in live mode), both prices and both amounts (NaN where empty) are float64; `ticker`
    holds str objects. Quote i of the batch has the record number `batch.first + i`.
    """
    columns, count = batch.columns, batch.count
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name in _INT64_COLUMNS:
        arrays[name] = np.frombuffer(widened(getattr(columns, name), count), "<i8")
    for name in _FLOAT64_COLUMNS:
        arrays[name] = np.frombuffer(widened(getattr(columns, name), count), "<f8")
    names = np.array(columns.ticker_names, dtype=object)
    arrays["ticker"] = names[widened_codes(columns.ticker_codes, count)]
    arrays["ticker"].flags.writeable = False
    return arrays
