"""The mids as a table, with whose they are: the processor of `--table`, which comes with us."""

import hashlib
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from protocol.compiled_parts import TABLE as COMPILED
from protocol.compiled_parts import are_in_use
from protocol.declaration import DIGEST_BYTES, Declaration
from protocol.messages import HISTORICAL, Buffer
from protocol.mids_schema import INSTANT, MIDS_SCHEMA
from protocol.result_folder import TABLE
from zmid.mid_rule import MidRule, mids_of
from zmid.plain_text import shortest
from zmid.processors.computing import Loaded
from zmid.processors.processor import Processor, Table
from zmid.processors.quotes import Quotes
from zmid.rounded_numbers import read_back, rounded_numbers

if are_in_use(COMPILED):
    from zmid.compiled_table import columns as compiled_columns

_STRING: Final = pa.string()

VERSION: Final = b"mids.arrows 1"
"""Rises when a row of the same quote is another: a run is not continued across that."""


class Computed(NamedTuple):
    """Arrow columns, and how many quotes lack a price."""

    blank: int
    arrivals: Any
    mids: Any
    tickers: Any


def mids_table(rule: MidRule) -> Loaded:
    """Return the processor of the table for a threshold; the stamp makes no difference."""
    threshold_ms = rule.threshold_ms

    def mids(quotes: Quotes) -> Any:
        return _rows(quotes, threshold_ms)

    table = Processor("mids", (Table(TABLE, MIDS_SCHEMA),), mids)
    told = f"threshold_ms={shortest(threshold_ms)}"
    digest = hashlib.sha256(VERSION + told.encode()).digest()[:DIGEST_BYTES]
    files = tuple(output.file for output in table.outputs)
    return Loaded(table, {}, Declaration(table.name, digest, told, files), __file__)


def _rows(quotes: Quotes, threshold_ms: float) -> Any:
    computed = compiled_columns_of if are_in_use(COMPILED) else python_columns
    blank, arrivals, mids, tickers = computed(quotes, threshold_ms)
    columns = [
        pa.array(quotes.record),
        arrivals.view(INSTANT),
        pa.array(quotes.timestamp_ns).view(INSTANT),
        pa.array(quotes.latency_ms, from_pandas=quotes.mode != HISTORICAL),
        tickers,
        pa.array(quotes.bid_price, from_pandas=blank > 0),
        pa.array(quotes.ask_price, from_pandas=blank > 0),
        mids,
    ]
    return pa.record_batch(columns, schema=MIDS_SCHEMA)


def python_columns(quotes: Quotes, threshold_ms: float) -> Computed:
    """Return the columns that are computed: without compiled code, which this defines."""
    mids = mids_of(quotes.bid_price, quotes.ask_price)
    has_mid = ~np.isnan(mids)  # NaN where a price is missing
    blank = len(mids) - int(np.count_nonzero(has_mid))
    if quotes.mode == HISTORICAL:
        has_mid &= ~(quotes.latency_ms > threshold_ms)
    mids = rounded_numbers(mids, has_mid)
    # The cast of a dictionary is twice as fast as `take` of text.
    tickers = pa.DictionaryArray.from_arrays(
        quotes.ticker_codes, pa.array(quotes.ticker_names, _STRING)
    )
    arrivals, of_mids = pa.array(quotes.arrival_ns), pa.array(mids, mask=~has_mid)
    return Computed(blank, arrivals, of_mids, tickers.cast(_STRING))


def compiled_columns_of(quotes: Quotes, threshold_ms: float) -> Computed:
    """Return the same columns, in a third of the time."""
    blank, arrivals, mids, has_mid, without_mid, is_open, open_count, ends, text = compiled_columns(
        quotes.timestamp_ns,
        quotes.latency_ms,
        quotes.bid_price,
        quotes.ask_price,
        quotes.ticker_codes,
        quotes.ticker_names,
        threshold_ms,
        quotes.mode == HISTORICAL,
    )
    values: Buffer = mids
    if open_count:
        numbers = np.frombuffer(mids, "<f8").copy()
        rows = np.frombuffer(is_open, np.bool_)
        numbers[rows] = read_back(numbers[rows])
        values = numbers.data
    bits = has_mid if without_mid else None
    return Computed(
        blank,
        _array(pa.int64(), quotes, None, arrivals),
        _array(pa.float64(), quotes, bits, values),
        _array(_STRING, quotes, None, ends, text),
    )


def _array(kind: Any, quotes: Quotes, *buffers: Buffer | None) -> Any:
    """Return a column of these buffers, the first of which says which values there are."""
    held = [None if buffer is None else pa.py_buffer(buffer) for buffer in buffers]
    return pa.Array.from_buffers(kind, quotes.count, held)
