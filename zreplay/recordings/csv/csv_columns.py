"""Columns as read by pyarrow -> a block, and which of its rows look odd.

An odd row is one that may not be a quote: an empty field, a number that is not finite or is below
zero, a time at the end of its range. Odd does not mean refused: `line_rows` decides.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from protocol.limits import MAX_TICKER_CHARS
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Block, Bools, Float64s, Int32s, Int64s
from zreplay.quotes.duration_text import NS_PER_MS
from zreplay.quotes.rejection import Reason
from zreplay.recordings.csv.csv_times import (
    INTEGER,
    TEXT,
    as_integers,
    column_type,
    filled,
    instants_ns,
)
from zreplay.recordings.csv.line_rows import NO_INDEX, pair_ticker
from zreplay.recordings.csv.ticker_codes import TickerCodes
from zreplay.recordings.formats.format_options import NONE
from zreplay.recordings.formats.layout import AMOUNTS, PRICES, Layout

_TYPES: Final[dict[str, pa.DataType]] = {
    "index": INTEGER,
    **dict.fromkeys((*PRICES, *AMOUNTS, "latency"), pa.float64()),
    **dict.fromkeys(("ticker", "exchange", "symbol"), pa.dictionary(pa.int32(), pa.string())),
    "date": TEXT,
}
_EXACT_INTEGERS: Final = 2**53
_EXACT_INTEGER: Final = "^-?[0-9]{1,15}$"


def column_types(layout: Layout) -> dict[str, pa.DataType]:
    """Return the type of each column to read, by pyarrow's own name for it."""
    of_times = dict.fromkeys(("timestamp", "local_timestamp"), column_type(layout.times))
    types = {**_TYPES, **of_times}
    # What is scaled is a text first: only of that is it known whether it is an integer.
    if layout.price_tens:
        types |= dict.fromkeys(PRICES, TEXT)
    if layout.amount_tens:
        types |= dict.fromkeys(AMOUNTS, TEXT)
    of_rules: dict[str, pa.DataType] = {f"f{place}": pa.binary() for place in layout.rows.kept}
    return of_rules | {f"f{place}": types[name] for name, place in layout.places.items()}


class CsvColumns:
    """The columns of one table that was read with `column_types`.

    Raises:
        pyarrow.ArrowInvalid: from `block`, if a time or an integer is not one.
    """

    def __init__(self, table: pa.Table, layout: Layout, known_names: TickerCodes) -> None:
        # The table has one chunk; `combine_chunks` would copy it.
        # Any: to the stubs a chunk is no array but a column of chunks.
        self._chunks: dict[str, Any] = {
            name: table[f"f{place}"].chunk(0) for name, place in layout.places.items()
        }
        self._of_rules: dict[int, Any] = {
            place: table[f"f{place}"].chunk(0) for place in layout.rows.kept
        }
        self._layout = layout
        self._known_names = known_names
        self._odd: Bools = np.zeros(len(table), dtype=np.bool_)

    def block(self, position: Int64s) -> tuple[Block, Bools]:
        """Return the rows, at these positions, and which of them look odd."""
        timestamp_ns, latency_ms = self._times()
        codes, names = self._tickers()
        block = Block(
            arrival_ns=self._arrival_ns(timestamp_ns, latency_ms),
            position=position,
            index=self._index(),
            timestamp_ns=timestamp_ns,
            latency_ms=latency_ms,
            ask_amount=self._amount("ask_amount"),
            ask_price=self._price("ask_price"),
            bid_price=self._price("bid_price"),
            bid_amount=self._amount("bid_amount"),
            ticker_codes=codes,
            ticker_names=names,
        )
        return block, self._odd

    def kept(self) -> tuple[Bools, Bools]:
        """Return which rows count by the layout, and of which the judge has to say it."""
        is_kept, is_unclear = np.ones(len(self._odd), np.bool_), np.zeros(len(self._odd), np.bool_)
        for place, column in self._of_rules.items():
            coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            rule, texts = self._layout.rows.kept[place], coded.dictionary.cast(pa.binary())
            found = [rule.verdict(text.decode("latin-1")) for text in texts.to_pylist()]
            codes = coded.indices.to_numpy()
            is_kept &= np.array([each is True for each in found], np.bool_)[codes]
            is_unclear |= np.array([isinstance(each, Reason) for each in found], np.bool_)[codes]
        return is_kept, is_unclear

    def _times(self) -> tuple[Int64s, Float64s]:
        timestamp_ns = self._instants_ns("timestamp")
        if self._layout.latency == "latency":
            return timestamp_ns, self._floats("latency")
        if self._layout.latency == NONE:
            return timestamp_ns, np.zeros(len(timestamp_ns))
        local_ns = self._instants_ns("local_timestamp")
        delay_ns = local_ns - timestamp_ns
        # Of two signs, and the difference has not that of the first: it has wrapped around.
        self._odd |= ((local_ns ^ timestamp_ns) & (local_ns ^ delay_ns)) < 0
        return timestamp_ns, delay_ns / NS_PER_MS

    def _instants_ns(self, name: str) -> Int64s:
        column = self._chunks[name]
        if name == "timestamp" and "date" in self._chunks:
            import pyarrow.compute as pa_compute  # takes 30 ms

            column = pa_compute.binary_join_element_wise(self._chunks["date"], column, " ")
        moment_ns, is_odd = instants_ns(column, self._layout.times)
        self._odd |= is_odd
        return moment_ns

    def _arrival_ns(self, timestamp_ns: Int64s, latency_ms: Float64s) -> Int64s:
        moments_ns, is_fit = arrivals_ns(timestamp_ns, latency_ms)
        self._odd |= ~is_fit
        return moments_ns

    def _price(self, name: str) -> Float64s:
        layout = self._layout
        price = self._number(name, layout.price_tens)
        if layout.missing_prices:
            price = np.where(np.isin(price, layout.missing_prices), np.nan, price)
        if not layout.may_be_negative:
            self._odd |= price < 0
        return price

    def _amount(self, name: str) -> Float64s:
        if name not in self._chunks:
            return np.full(len(self._odd), np.nan)
        return self._number(name, self._layout.amount_tens)

    def _number(self, name: str, tens: int) -> Float64s:
        """Return a column over 10**tens; what is empty is NaN."""
        if tens and pa.types.is_string(self._chunks[name].type):
            return self._integers(name) / 10.0**tens
        number = self._floats(name)
        is_odd = ~np.isfinite(number)
        if is_odd.any():  # an empty one is NaN by right, the text `nan` needs the judge
            self._odd |= is_odd & self._is_valid(name)
        if not tens:
            return number
        # The quotient is rounded once only where the number is an integer that is exact.
        self._odd |= (np.abs(number) >= _EXACT_INTEGERS) | (np.rint(number) != number) & ~is_odd
        scaled: Float64s = number / 10.0**tens
        return scaled

    def _integers(self, name: str) -> Float64s:
        """Return a column of texts as numbers that are exact; what is empty is NaN."""
        import pyarrow.compute as pa_compute  # takes 30 ms

        text = self._chunks[name]
        is_integer = pa_compute.match_substring_regex(text, _EXACT_INTEGER)
        is_fit = pa_compute.or_(is_integer, pa_compute.equal(text, pa.scalar("")))
        self._odd |= ~is_fit.to_numpy(zero_copy_only=False)
        numbers: Float64s = (
            pa_compute.if_else(is_integer, text, None)
            .cast(pa.float64())
            .to_numpy(zero_copy_only=False)
        )
        return numbers

    def _index(self) -> Int64s:
        if "index" in self._chunks:
            return filled(as_integers(self._chunks["index"]), NO_INDEX)
        return np.full(len(self._odd), NO_INDEX, dtype=np.int64)

    def _floats(self, name: str) -> Float64s:
        floats: Float64s = self._chunks[name].to_numpy(zero_copy_only=False)
        return floats

    def _is_valid(self, name: str) -> Bools:
        is_valid: Bools = self._chunks[name].is_valid().to_numpy(zero_copy_only=False)
        return is_valid

    def _tickers(self) -> tuple[Int32s, tuple[str, ...]]:
        if "ticker" in self._chunks and not self._layout.has_pairs:
            chunk = self._chunks["ticker"]
            rows: Int32s = chunk.indices.to_numpy()
            known = self._known_names.of_dictionary(
                chunk.dictionary, in_upper_case=self._layout.has_upper_tickers
            )
            self._mark(known.is_long, rows)
            return known.codes.take(rows), known.names
        if self._layout.has_pairs:
            rows, names = self._pairs()
        else:
            rows, names = np.zeros(len(self._odd), np.int32), [self._layout.ticker]
        if self._layout.has_upper_tickers:
            names = [name.upper() for name in names]
        self._mark(np.array([*map(len, names)], np.int32) > MAX_TICKER_CHARS, rows)
        codes, known_names = self._known_names.numbered(names)
        return codes.take(rows), known_names

    def _mark(self, is_odd: Bools, codes: Int32s) -> None:
        if is_odd.any():
            self._odd |= is_odd[codes]

    def _pairs(self) -> tuple[Int32s, list[str]]:
        symbol_codes, symbols = self._dictionary("symbol")
        exchange_codes, exchanges = self._dictionary("exchange")
        pairs = symbol_codes.astype(np.int64) * len(exchanges) + exchange_codes
        used, codes = np.unique(pairs, return_inverse=True)
        names = [
            pair_ticker(symbols[pair // len(exchanges)], exchanges[pair % len(exchanges)])
            for pair in used.tolist()
        ]
        return codes.astype(np.int32), names

    def _dictionary(self, name: str) -> tuple[Int32s, list[str]]:
        chunk = self._chunks[name]
        codes: Int32s = chunk.indices.to_numpy()
        return codes, chunk.dictionary.to_pylist()
