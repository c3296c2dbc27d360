"""The columns of a batch -> numpy arrays, without a copy."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from protocol.messages import Batch

_INT64_COLUMNS: Final = ("index", "timestamp_ns")
_FLOAT64_COLUMNS: Final = ("latency_ms", "ask_amount", "ask_price", "bid_price", "bid_amount")


def quote_arrays(batch: Batch) -> dict[str, npt.NDArray[Any]]:
    """Return the quotes of a batch by column, each array `batch.count` long and read-only.

    `index` (-1 where there is none) and `timestamp_ns` (Unix time) are int64; `latency_ms`
    (NaN in live mode), both prices and both amounts (NaN where empty) are float64; `ticker`
    holds str objects. Quote i of the batch has the record number `batch.first + i`.
    """
    columns = batch.columns
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name in _INT64_COLUMNS:
        arrays[name] = np.frombuffer(getattr(columns, name), "<i8")
    for name in _FLOAT64_COLUMNS:
        arrays[name] = np.frombuffer(getattr(columns, name), "<f8")
    names = np.array(columns.ticker_names, dtype=object)
    arrays["ticker"] = names[np.frombuffer(columns.ticker_codes, "<i4")]
    arrays["ticker"].flags.writeable = False
    return arrays
