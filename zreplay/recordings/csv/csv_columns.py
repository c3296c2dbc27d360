"""Columns as read by pyarrow -> a block, and which of its rows look odd.

An odd row is one that may not be a quote: an empty field, a number that is not finite or is below
zero, a time at the end of its range. Odd does not mean refused: `line_rows` decides.
"""

from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.compute as pa_compute  # type: ignore[import-untyped]

from protocol.limits import MAX_TICKER_CHARS
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Block, Bools, Float64s, Int32s, Int64s
from zreplay.quotes.timestamp_text import SHORTEST_CHARACTERS
from zreplay.recordings.csv.csv_header import AMOUNTS, PRICES, Layout
from zreplay.recordings.csv.line_rows import NO_INDEX, tardis_ticker
from zreplay.recordings.csv.ticker_codes import TickerCodes

# pyarrow's own integers would read `0x10` as 16.
_INTEGER: Final = pa.decimal128(19, 0)
# As text first: pyarrow's own times may lack the hour, and cannot mix those with and without `Z`.
_TIME: Final = pa.string()
_TYPES: Final = {
    **dict.fromkeys(("index", "local_timestamp"), _INTEGER),
    **dict.fromkeys((*PRICES, *AMOUNTS, "latency"), pa.float64()),
    **dict.fromkeys(("ticker", "exchange", "symbol"), pa.dictionary(pa.int32(), pa.string())),
}
_TIME_LIMIT_US: Final = (2**63 - 1) // 1000
_NO_TIME: Final = _TIME_LIMIT_US + 1


def column_types(layout: Layout) -> dict[str, pa.DataType]:
    """Return the type of each column to read, by its name in the pyarrow table."""
    types = {**_TYPES, "timestamp": _INTEGER if layout.is_tardis else _TIME}
    return {f"f{place}": types[name] for name, place in layout.places.items()}


class CsvColumns:
    """The columns of one table that was read with `column_types`.

    Raises:
        pyarrow.ArrowInvalid: from `block`, if a time or an integer is not one.
    """

    def __init__(self, table: pa.Table, layout: Layout, known_names: TickerCodes) -> None:
        # The table has one chunk; `combine_chunks` would copy it.
        self._chunks = {name: table[f"f{place}"].chunk(0) for name, place in layout.places.items()}
        self._is_tardis = layout.is_tardis
        self._known_names = known_names
        self._odd: Bools = np.zeros(len(table), dtype=np.bool_)

    def block(self, position: Int64s) -> tuple[Block, Bools]:
        """Return the rows, at these positions, and which of them look odd."""
        timestamp_ns, latency_ms = self._tardis_times() if self._is_tardis else self._own_times()
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

    def _own_times(self) -> tuple[Int64s, Float64s]:
        text = self._chunks["timestamp"]
        if pa.types.is_timestamp(text.type):
            if text.null_count:
                self._odd |= ~self._is_valid("timestamp")
            return _as_int64(text.view(pa.int64()), 0), self._floats("latency")
        is_zoned = pa_compute.ends_with(text, "Z")
        if pa_compute.any(is_zoned).as_py():
            text = pa_compute.if_else(is_zoned, pa_compute.utf8_slice_codeunits(text, 0, -1), text)
        lengths = pa_compute.binary_length(text).to_numpy()
        self._odd |= lengths < SHORTEST_CHARACTERS
        if (lengths == 0).any():
            text = pa_compute.if_else(pa_compute.not_equal(text, ""), text, None)
        times = text.cast(pa.timestamp("ns")).view(pa.int64())
        return _as_int64(times, 0), self._floats("latency")

    def _tardis_times(self) -> tuple[Int64s, Float64s]:
        timestamp_us = self._integers("timestamp", _NO_TIME)
        local_us = self._integers("local_timestamp", _NO_TIME)
        for time_us in (timestamp_us, local_us):
            self._odd |= (time_us > _TIME_LIMIT_US) | (time_us < -_TIME_LIMIT_US)
            self._odd |= time_us == 0  # pyarrow also reads 5e-39 as 0
        latency_ms: Float64s = (local_us - timestamp_us) / 1000
        return timestamp_us * 1000, latency_ms

    def _arrival_ns(self, timestamp_ns: Int64s, latency_ms: Float64s) -> Int64s:
        moments_ns, is_fit = arrivals_ns(timestamp_ns, latency_ms)
        self._odd |= ~is_fit
        return moments_ns

    def _price(self, name: str) -> Float64s:
        price = self._floats(name)
        self._odd |= ~((price >= 0) & (price < np.inf))  # also true of NaN
        return price

    def _amount(self, name: str) -> Float64s:
        amount = self._floats(name)
        is_odd = ~np.isfinite(amount)
        if is_odd.any():  # an empty amount is rightly NaN, the text `nan` needs the judge
            self._odd |= is_odd & self._is_valid(name)
        return amount

    def _index(self) -> Int64s:
        if "index" in self._chunks:
            return self._integers("index", NO_INDEX)
        return np.full(len(self._odd), NO_INDEX, dtype=np.int64)

    def _integers(self, name: str, when_empty: int) -> Int64s:
        return _as_int64(self._chunks[name].cast(pa.int64()), when_empty)

    def _floats(self, name: str) -> Float64s:
        floats: Float64s = self._chunks[name].to_numpy(zero_copy_only=False)
        return floats

    def _is_valid(self, name: str) -> Bools:
        is_valid: Bools = self._chunks[name].is_valid().to_numpy(zero_copy_only=False)
        return is_valid

    def _tickers(self) -> tuple[Int32s, tuple[str, ...]]:
        if self._is_tardis:
            codes, names = self._tardis_tickers()
            self._mark_long(codes, np.array([len(name) for name in names], np.int32))
            return codes, tuple(names)
        column = self._chunks["ticker"]
        lengths = pa_compute.utf8_length(column.dictionary).to_numpy()
        rows: Int32s = column.indices.to_numpy()
        self._mark_long(rows, lengths)
        known_codes, known_names = self._known_names.numbered(column.dictionary.to_pylist())
        return known_codes.take(rows), known_names

    def _mark_long(self, codes: Int32s, lengths: Int32s) -> None:
        is_long = lengths > MAX_TICKER_CHARS
        if is_long.any():
            self._odd |= is_long[codes]

    def _tardis_tickers(self) -> tuple[Int32s, list[str]]:
        symbol_codes, symbols = self._dictionary("symbol")
        exchange_codes, exchanges = self._dictionary("exchange")
        pairs = symbol_codes.astype(np.int64) * len(exchanges) + exchange_codes
        used, codes = np.unique(pairs, return_inverse=True)
        names = [
            tardis_ticker(symbols[pair // len(exchanges)], exchanges[pair % len(exchanges)])
            for pair in used.tolist()
        ]
        return codes.astype(np.int32), names

    def _dictionary(self, name: str) -> tuple[Int32s, list[str]]:
        chunk = self._chunks[name]
        codes: Int32s = chunk.indices.to_numpy()
        return codes, chunk.dictionary.to_pylist()


def _as_int64(chunk: pa.Array, when_empty: int) -> Int64s:
    integers: Int64s = pa_compute.fill_null(chunk, when_empty).to_numpy()
    return integers
