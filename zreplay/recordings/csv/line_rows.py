"""One line of a recording -> one row, or the fault that keeps it from being one, or nothing.

Slow and exact: this file is the judge of what a row is. Whatever the fast readers of whole blocks
accept, they read with the same values; whatever they cannot decide comes here. What a line means
depends only on its bytes and the header.

    fields   as `line_fields` splits them off, which also says which lines are left out
    time     as the layout's form of times reads it (formats/time_form); ours is
             2025-10-02 23:59:57.290000 in UTC, or a number since 1970. Where the day has a column
             of its own, its text and that of the time with a blank between them
    number   1, -1.5, .5, 3.9e-08; blanks around it are ignored
    price    a finite number; zero is a price; below zero if the layout has such. One that is scaled
             is the float64 that is nearest to number / 10**tens. An empty one, and what the layout
             says is missing, is NaN: a side that is not there
    amount   a finite number; empty and `nan` are NaN
    latency  a finite number of milliseconds, below zero too; with two times the float64 of the
             nanoseconds between them, over 1e6; else 0
    index    a whole number of 64 bits, `7` or `7.0`; empty is -1
"""

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple, NoReturn

import msgspec

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
from zreplay.recordings.csv.line_fields import Fault, Refused, field_texts
from zreplay.recordings.formats.format_options import NONE
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import NUMBER

NO_INDEX: Final = -1

_NO_FLOAT: Final = Reason("larger than a 64-bit float", RowCode.TOO_LARGE)
_NO_INT64: Final = Reason("outside of 64 bits", RowCode.TOO_LARGE)

_BLANKS: Final = " \t"
_LONG_EXPONENT: Final = 18
_NUMBER: Final = re.compile(NUMBER)
_NOT_FINITE: Final = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


class Row(msgspec.Struct, frozen=True):
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


def read_line(line: bytes, layout: Layout) -> Row | Fault | None:
    """Read a line, given without its line feed; None if it is left out."""
    try:
        texts = field_texts(line, layout)
    except Refused as refused:
        return refused.fault
    return None if texts is None else read_fields(texts, layout)


def time_texts(line: bytes, layout: Layout) -> list[str]:
    """Return the times of a line that is a row, as they are written there."""
    texts = field_texts(line, layout)
    assert texts is not None
    fields = _Fields(texts, layout)
    return [fields.time(name) for name in ("timestamp", "local_timestamp") if name in layout.places]


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
    except Refused as refused:
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

    def time(self, name: str) -> str:
        """Return the text of a time, with that of its day if that has a column of its own."""
        if name != "timestamp" or "date" not in self.layout.places:
            return self.text(name)
        day, time = self.text("date"), self.text(name)
        return f"{day} {time}" if day and time else ""

    def refuse(self, name: str, reason: Reason) -> NoReturn:
        value = self.text(name)[:VALUE_LIMIT] if name in self.layout.places else ""
        raise Refused(Fault(self.layout.spelled(name), value, *reason))


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
    text = fields.time(name)
    is_missing = not text and name == "timestamp" and "date" in fields.layout.places
    found = MISSING if is_missing else fields.layout.times.instant_ns(text)
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
