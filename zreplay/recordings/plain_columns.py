"""Columns as Parquet and Arrow store them -> a block, where every row is plain: compiled.

A column is plain if it is of the type that a block has and lacks nothing that a quote must have.
Where one is not, or a row is not, there is no block: `CsvColumns` says what is odd, and the judge
what it means. Where there is one it is what they would make of the same columns.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from msgspec.structs import replace

from protocol.compiled_parts import QUOTES, are_in_use
from zreplay.quotes.arrow_batch import ArrowColumn
from zreplay.quotes.block import Block, Float64s, Int64s, TimeBounds
from zreplay.recordings.csv.csv_times import as_integers, filled
from zreplay.recordings.csv.line_rows import NO_INDEX
from zreplay.recordings.csv.ticker_codes import TickerCodes
from zreplay.recordings.formats.layout import AMOUNTS, PRICES, Layout
from zreplay.recordings.formats.time_form import UNITS_NS

if are_in_use(QUOTES):
    from zreplay.recordings.compiled_quotes import read

_FLOAT: Final = pa.float64()
_TEXT: Final = pa.dictionary(pa.int32(), pa.string())
_NUMBERS: Final = ("latency", *PRICES)


class PlainColumns:
    """Reads columns in the order of `layout.places`, instants without a zone."""

    def __init__(self, layout: Layout, known_names: TickerCodes, *, is_bare: bool = False) -> None:
        self._layout = layout
        self._is_bare = is_bare
        self._places = dict(layout.places)
        self._known_names = known_names
        self._can_read = (
            are_in_use(QUOTES)
            and self._places.keys() >= {"timestamp", "ticker", *_NUMBERS}
            and layout.latency == "latency"
            and not (layout.has_pairs or layout.missing_prices)
            and not (layout.price_tens or layout.amount_tens)
        )

    def block(self, columns: Sequence[ArrowColumn], first_position: int) -> Block | None:
        """Return the block of some rows, the first at this position; None unless all are plain."""
        if not (self._can_read and len(columns[0]) and self._are_plain(columns)):
            return None
        times = self._of("timestamp", columns)
        tickers: Any = self._of("ticker", columns)  # to the stubs any array may have a dictionary
        known = self._known_names.of_dictionary(
            tickers.dictionary, in_upper_case=self._layout.has_upper_tickers
        )
        if known.is_long.any():
            return None
        count = len(times)
        numbers = {name: self._of(name, columns).to_numpy() for name in _NUMBERS}
        amounts = {name: self._amount(name, columns) for name in AMOUNTS}
        timestamp_ns, arrival_ns = np.empty(count, np.int64), np.empty(count, np.int64)
        codes = np.empty(count, np.int32)
        bounds = read(
            UNITS_NS[times.type.unit],
            self._layout.may_be_negative,
            times.view(pa.int64()).to_numpy(),
            numbers["latency"],
            numbers["ask_price"],
            numbers["bid_price"],
            amounts["ask_amount"],
            amounts["bid_amount"],
            tickers.indices.to_numpy(),
            known.codes,
            timestamp_ns,
            arrival_ns,
            codes,
        )
        if bounds is None:
            return None
        position = np.arange(first_position, first_position + count, dtype=np.int64)
        latency_ms, ask_price, bid_price = (numbers[name] for name in _NUMBERS)
        kept = (arrival_ns, position, timestamp_ns, latency_ms, ask_price, bid_price, codes)
        block = Block.of_bare(kept, known.names)
        if not self._is_bare:
            block = replace(
                block,
                index=self._index(columns, count),
                ask_amount=_or_missing(amounts["ask_amount"], count),
                bid_amount=_or_missing(amounts["bid_amount"], count),
            )
        block.know_bounds(TimeBounds(*bounds))
        return block

    def _are_plain(self, columns: Sequence[ArrowColumn]) -> bool:
        times, tickers = self._of("timestamp", columns), self._of("ticker", columns)
        return (
            pa.types.is_timestamp(times.type)
            and tickers.type == _TEXT
            and not (times.null_count or has_nulls(tickers))
            and all(
                column.type == _FLOAT and not column.null_count
                for column in (self._of(name, columns) for name in _NUMBERS)
            )
            and all(
                self._of(name, columns).type == _FLOAT for name in AMOUNTS if name in self._places
            )
            and (
                "index" not in self._places
                or pa.types.is_signed_integer(self._of("index", columns).type)
            )
        )

    def _of(self, name: str, columns: Sequence[ArrowColumn]) -> ArrowColumn:
        return columns[self._places[name]]

    def _amount(self, name: str, columns: Sequence[ArrowColumn]) -> Float64s | None:
        """Return amounts, of which a missing one is NaN; None if there is no such column."""
        if name not in self._places:
            return None
        amounts: Float64s = self._of(name, columns).to_numpy(zero_copy_only=False)
        return amounts

    def _index(self, columns: Sequence[ArrowColumn], count: int) -> Int64s:
        if "index" not in self._places:
            return np.full(count, NO_INDEX, dtype=np.int64)
        return filled(as_integers(self._of("index", columns)), NO_INDEX)


def _or_missing(amounts: Float64s | None, count: int) -> Float64s:
    return np.full(count, np.nan) if amounts is None else amounts


def has_nulls(texts: Any) -> bool:
    """Return whether one of some texts in a dictionary may be null: it, or its name there."""
    return bool(texts.null_count or texts.dictionary.null_count)
