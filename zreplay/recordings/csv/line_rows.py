"""One line of a recording -> one row, or the fault that keeps it from being one.

Slow and exact: this file is the judge of what a row is. Whatever the fast readers of whole blocks
accept, they read with the same values; whatever they cannot decide comes here. What a line means
depends only on its bytes and the header.

    line     everything before a line feed, at most MAX_LINE_BYTES; carriage returns at its end
             do not count
    fields   lie between delimiters, as many as the header has. A quote that begins a field keeps
             delimiters in it up to the quote that ends it, on the same line; `""` in there is a
             quote. Any other quote is a character
    ignored  a column that is not used is only split off: any byte may stand in it, also NUL, a
             carriage return and what is not UTF-8
    used     the bytes of a field, without its quotes, are UTF-8 without a carriage return; a NUL is
             a character
    time     as the layout's form of times reads it (formats/time_form); ours is
             2025-10-02 23:59:57.290000 in UTC, or a number since 1970
    number   1, -1.5, .5, 3.9e-08; blanks around it are ignored
    price    a finite number; zero is a price; below zero if the layout has such. One that is scaled
             is the float64 that is nearest to number / 10**tens. An empty one, and what the layout
             says is missing, is NaN: a side that is not there
    amount   a finite number; empty and `nan` are NaN
    latency  a finite number of milliseconds, below zero too; with two times the float64 of the
             nanoseconds between them, over 1e6; else 0
    index    a whole number of 64 bits, `7` or `7.0`; empty is -1
"""

import csv
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple, NoReturn

from protocol.limits import INT64_MAX, INT64_MIN, MAX_TICKER_CHARS
from zreplay.quotes.arrival import arrival_ns
from zreplay.quotes.duration_text import NS_PER_MS
from zreplay.quotes.rejection import (
    LONG_TICKER,
    MISSING,
    NEGATIVE,
    NEVER_ARRIVES,
    NOT_A_NUMBER,
    NOT_AN_INTEGER,
    NOT_FINITE,
    VALUE_LIMIT,
    Reason,
    RowCode,
)
from zreplay.recordings.formats.format_options import NONE
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import NUMBER

MAX_LINE_BYTES: Final = 64 * 1024
NO_INDEX: Final = -1

_OPEN_QUOTE: Final = Reason("a quoted field is not closed on its line", RowCode.FIELDS)
_CARRIAGE_RETURN: Final = Reason("a carriage return inside", RowCode.FIELDS)
_LONG_LINE: Final = Reason(f"line longer than {MAX_LINE_BYTES} bytes", RowCode.TOO_LARGE)
_NO_FLOAT: Final = Reason("larger than a 64-bit float", RowCode.TOO_LARGE)
_NO_INT64: Final = Reason("outside of 64 bits", RowCode.TOO_LARGE)

_BLANKS: Final = " \t"
_LONG_EXPONENT: Final = 18
_HELD_RETURN: Final = "\u0100"
"""Stands for a carriage return where fields are split: no byte is this character."""

_NUMBER: Final = re.compile(NUMBER)
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


class Fault(NamedTuple):
    """Why a line is not a row; `column` is empty when the line as a whole is wrong."""

    column: str
    value: str
    reason: str
    code: RowCode


@dataclass(frozen=True, slots=True)
class Row:
    """A quote, in the units of `zreplay.quotes.block.Block`."""

    arrival_ns: int
    index: int
    timestamp_ns: int
    latency_ms: float
    ask_amount: float
    ask_price: float
    bid_price: float
    bid_amount: float
    ticker: str


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def read_line(line: bytes, layout: Layout) -> Row | Fault:
    """Read a line, given without its line feed."""
    try:
        texts = _used_texts(_split(line, layout), layout)
    except _Refused as refused:
        return refused.fault
    return read_fields(texts, layout)


def read_fields(texts: list[str], layout: Layout) -> Row | Fault:
    """Read the fields of a row, one for each column of the header; only the used are looked at."""
    fields = _Fields(texts, layout)
    try:
        timestamp_ns, latency_ms = _times(fields)
        ticker = _ticker(fields)
        ask_price, bid_price = _price(fields, "ask_price"), _price(fields, "bid_price")
        ask_amount, bid_amount = _amount(fields, "ask_amount"), _amount(fields, "bid_amount")
        index = _integer(fields, "index", NO_INDEX) if "index" in layout.places else NO_INDEX
        moment_ns = arrival_ns(timestamp_ns, latency_ms)
        if moment_ns is None:
            fields.refuse("timestamp", NEVER_ARRIVES)
    except _Refused as refused:
        return refused.fault
    return Row(
        moment_ns,
        index,
        timestamp_ns,
        latency_ms,
        ask_amount,
        ask_price,
        bid_price,
        bid_amount,
        ticker,
    )


class _Fields(NamedTuple):
    texts: list[str]
    layout: Layout

    def text(self, name: str) -> str:
        return self.texts[self.layout.places[name]]

    def refuse(self, name: str, reason: Reason) -> NoReturn:
        value = self.text(name)[:VALUE_LIMIT] if name in self.layout.places else ""
        raise _Refused(Fault(self.layout.spelled(name), value, *reason))


def _split(line: bytes, layout: Layout) -> list[str]:
    """Return the fields, each byte as the character of its number but for `_HELD_RETURN`."""
    if len(line) > MAX_LINE_BYTES:
        raise _Refused(too_long(line))
    line = line.rstrip(b"\r")
    # To csv a carriage return would end the row.
    text = line.decode("latin-1").replace("\r", _HELD_RETURN)
    # The line feed shows whether a quoted field is still open where the line ends.
    fields = next(csv.reader([text + "\n"], delimiter=layout.delimiter))
    field_count = len(layout.header)
    if fields and fields[-1].endswith("\n"):
        raise _Refused(Fault("", shown(line), *_OPEN_QUOTE))
    if len(fields) != field_count:
        reason = f"{len(fields)} fields, the header has {field_count}"
        raise _Refused(Fault("", shown(line), reason, RowCode.FIELDS))
    return fields


def _used_texts(fields: list[str], layout: Layout) -> list[str]:
    """Return the fields, those of the used columns decoded as UTF-8."""
    for name, place in layout.places.items():
        field = fields[place]
        if field.isascii():
            continue
        raw = field.replace(_HELD_RETURN, "\r").encode("latin-1")
        reason = _CARRIAGE_RETURN if b"\r" in raw else None
        try:
            fields[place] = raw.decode()
        except UnicodeDecodeError as error:
            reason = not_utf_8(error)
        if reason is not None:
            raise _Refused(Fault(layout.spelled(name), shown(raw), *reason))
    return fields


def shown(raw: bytes) -> str:
    """Return a value as a rejection shows it, whatever its bytes are."""
    return raw[:VALUE_LIMIT].decode("utf-8", "replace")


def too_long(beginning: bytes) -> Fault:
    """Return the fault of a line of which only the start needs to be known."""
    return Fault("", shown(beginning), *_LONG_LINE)


def not_utf_8(error: UnicodeDecodeError) -> Reason:
    """Return the fault of a field whose bytes cannot be decoded."""
    return Reason(f"not UTF-8 at byte {error.start} of the field", RowCode.NOT_TEXT)


def _times(fields: _Fields) -> tuple[int, float]:
    """Return timestamp_ns and latency_ms."""
    timestamp_ns = _instant_ns(fields, "timestamp")
    if fields.layout.latency == "latency":
        return timestamp_ns, _finite(fields, "latency")
    if fields.layout.latency == NONE:
        return timestamp_ns, 0.0
    delay_ns = _instant_ns(fields, "local_timestamp") - timestamp_ns
    if not INT64_MIN <= delay_ns <= INT64_MAX:
        fields.refuse("local_timestamp", NEVER_ARRIVES)
    return timestamp_ns, float(delay_ns) / NS_PER_MS


def _instant_ns(fields: _Fields, name: str) -> int:
    found = fields.layout.times.instant_ns(fields.text(name))
    if isinstance(found, Reason):
        fields.refuse(name, found)
    return found


def _ticker(fields: _Fields) -> str:
    layout, name = fields.layout, "ticker"
    if layout.has_pairs:
        name, ticker = "symbol", pair_ticker(fields.text("symbol"), fields.text("exchange"))
    else:
        ticker = fields.text(name) if name in layout.places else layout.ticker
    if layout.has_upper_tickers:
        ticker = ticker.upper()
    if len(ticker) > MAX_TICKER_CHARS:
        fields.refuse(name, LONG_TICKER)
    return ticker


def pair_ticker(symbol: str, exchange: str) -> str:
    """Return the name that a symbol of an exchange has in our own recordings."""
    return f"{symbol}@{exchange}"


def _price(fields: _Fields, name: str) -> float:
    layout = fields.layout
    text = fields.text(name).strip(_BLANKS)
    if not text or text.lower() in layout.missing_texts:
        return math.nan
    price = _finite(fields, name, layout.price_tens)
    if price in layout.missing_prices:
        return math.nan
    if price < 0 and not layout.may_be_negative:
        fields.refuse(name, NEGATIVE)
    return price


def _amount(fields: _Fields, name: str) -> float:
    if name not in fields.layout.places:
        return math.nan
    text = fields.text(name).strip(_BLANKS)
    if not text or text.lower() == "nan":
        return math.nan
    return _finite(fields, name, fields.layout.amount_tens)


def _finite(fields: _Fields, name: str, tens: int = 0) -> float:
    text = fields.text(name).strip(_BLANKS)
    if not _NUMBER.fullmatch(text):
        reason = NOT_FINITE if _NOT_FINITE.fullmatch(text) else NOT_A_NUMBER
        fields.refuse(name, reason if text else MISSING)
    number = float(_shifted(text, tens) if tens else text)
    if math.isinf(number):
        fields.refuse(name, _NO_FLOAT)
    return number


def _shifted(text: str, tens: int) -> str:
    """Return the text of a number over 10**tens."""
    mantissa, _, exponent = text.lower().partition("e")
    if len(exponent) > _LONG_EXPONENT:
        return text  # infinite, or zero, as it is without
    return f"{mantissa}e{int(exponent or 0) - tens}"


def _integer(fields: _Fields, name: str, when_empty: int) -> int:
    text = fields.text(name).strip(_BLANKS)
    if not text:
        return when_empty
    if not _NUMBER.fullmatch(text):
        fields.refuse(name, NOT_AN_INTEGER)
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        fields.refuse(name, _NO_INT64)
    if not INT64_MIN <= number <= INT64_MAX:
        fields.refuse(name, _NO_INT64)
    if number != number.to_integral_value():
        fields.refuse(name, NOT_AN_INTEGER)
    return int(number)
