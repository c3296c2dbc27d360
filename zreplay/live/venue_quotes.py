"""Frames of venues -> a block and rejections, by the rules of live_message.py but for these.

Rule 1: a ticker is the symbol as the venue spells it, @, and the market: BTCUSDT@BINANCE.
Rule 2: a price that is 0 or not given is NaN, and its side is missing. A price may be negative
        only at a venue that has such.
Rule 3: a quote without a time of the venue has the time of receipt.
"""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from protocol.limits import INT64_MAX, INT64_MIN, MAX_TICKER_CHARS
from zreplay.live.live_message import LiveMessage
from zreplay.live.venue import BadQuote, SomeQuotes, VenueQuote
from zreplay.quotes.block import Block, Bools, Float64s
from zreplay.quotes.rejection import (
    CAPTURE_NAME,
    LONG_TICKER,
    MISSING,
    NEGATIVE,
    NOT_A_NUMBER,
    NOT_AN_INTEGER,
    NOT_FINITE,
    VALUE_LIMIT,
    Reason,
    Rejection,
    RowCode,
)

_OTHER: Final = Reason("of another type than the venue documents", RowCode.OTHER)


class _Rows:
    """Quotes of all venues in order of receipt, and what was none."""

    def __init__(self) -> None:
        self.quotes: list[VenueQuote] = []
        self.positions: list[int] = []
        self.arrivals_ns: list[int] = []
        self.codes: list[int] = []
        self.markets: list[tuple[str, str]] = []
        self.rejections: list[Rejection] = []

    def add(self, message: LiveMessage, numbers: dict[tuple[str, str], int]) -> None:
        """Take what a message says; a bad one of a quote is rejected, anything else is none."""
        assert message.reading is not None
        said = message.reading.read(message.payload)
        quotes: Iterable[VenueQuote] = ()
        if isinstance(said, list):
            quotes = said
        elif isinstance(said, SomeQuotes):
            quotes = said.quotes
            for number, bad in enumerate(said.bad, len(said.quotes)):
                self.reject(message.offset + number, bad.column, bad.value, _reason(bad))
        market = message.reading.venue.market
        for number, quote in enumerate(quotes):
            self.quotes.append(quote)
            self.positions.append(message.offset + number)
            self.arrivals_ns.append(message.recv_ns)
            self.codes.append(numbers.setdefault((quote.symbol, market), len(numbers)))

    def reject(self, position: int, column: str, value: str, reason: Reason) -> None:
        self.rejections.append(
            Rejection(CAPTURE_NAME, None, position, column, value[:VALUE_LIMIT], *reason)
        )


def venue_quotes(messages: Iterable[LiveMessage]) -> tuple[Block, list[Rejection]]:
    """Return the quotes in the order of the messages, each of which a venue sent.

    The position of a quote is the offset of its message's record + its number in the message.
    """
    rows = _Rows()
    numbers: dict[tuple[str, str], int] = {}
    may_be_negative: set[str] = set()
    for message in messages:
        rows.add(message, numbers)
        assert message.reading is not None
        if message.reading.venue.has_negative_prices:
            may_be_negative.add(message.reading.venue.market)
    block = _block(rows, numbers, may_be_negative)
    return block, sorted(rows.rejections, key=lambda rejection: rejection.offset)


def _block(rows: _Rows, numbers: dict[tuple[str, str], int], may_be_negative: set[str]) -> Block:
    quotes, arrival_ns = rows.quotes, np.array(rows.arrivals_ns, np.int64)
    times = [quote.timestamp_ns for quote in quotes]
    is_timed = np.array([_is_instant(time) for time in times], np.bool_)
    timestamp_ns = np.array([time if _is_instant(time) else 0 for time in times], np.int64)
    bid_given = [quote.bid_price for quote in quotes]
    ask_given = [quote.ask_price for quote in quotes]
    names = tuple(f"{symbol}@{market}" for symbol, market in numbers)
    codes = np.array(rows.codes, np.int32)
    block = Block(
        arrival_ns=arrival_ns,
        position=np.array(rows.positions, np.int64),
        index=np.full(len(quotes), -1, np.int64),
        timestamp_ns=np.where(is_timed, timestamp_ns, arrival_ns),
        latency_ms=np.full(len(quotes), np.nan),
        ask_amount=np.array([quote.ask_amount for quote in quotes], np.float64),
        ask_price=_prices(ask_given),
        bid_price=_prices(bid_given),
        bid_amount=np.array([quote.bid_amount for quote in quotes], np.float64),
        ticker_codes=codes,
        ticker_names=names,
    )
    is_signed = np.array([market in may_be_negative for _, market in numbers], np.bool_)
    is_good = _are_prices(block.bid_price, bid_given, is_signed, codes)
    is_good &= _are_prices(block.ask_price, ask_given, is_signed, codes)
    is_good &= ~np.isinf(block.ask_amount) & ~np.isinf(block.bid_amount)
    is_ticker = np.array(
        [
            bool(symbol) and len(f"{symbol}@{market}") <= MAX_TICKER_CHARS
            for symbol, market in numbers
        ],
        np.bool_,
    )
    if not is_ticker.all():
        is_good &= is_ticker[codes]
    if is_good.all():
        return block
    for row in np.flatnonzero(~is_good).tolist():
        symbol_ok = bool(is_ticker[codes[row]])
        column, value, reason = _flaw_of(quotes[row], names[codes[row]], symbol_ok)
        rows.reject(rows.positions[row], column, value, reason)
    return block.take(np.flatnonzero(is_good))


def _is_instant(time_ns: int | None) -> bool:
    return time_ns is not None and INT64_MIN <= time_ns <= INT64_MAX


def _prices(given: list[float | None]) -> Float64s:
    prices = np.array(given, np.float64)
    prices[prices == 0] = np.nan
    return prices


def _are_prices(
    prices: Float64s,
    given: list[float | None],
    is_signed: Bools,
    codes: np.ndarray[tuple[int], np.dtype[np.int32]],
) -> Bools:
    is_price: Bools = np.isfinite(prices) & (prices > 0)
    if is_price.all():
        return is_price
    is_price |= [not price for price in given]
    if is_signed.any():
        is_price |= is_signed[codes] & np.isfinite(prices)
    return is_price


def _flaw_of(quote: VenueQuote, ticker: str, is_ticker: bool) -> tuple[str, str, Reason]:
    """Return the column, value and reason of the first thing that is wrong with a quote."""
    if not is_ticker:
        return ("ticker", "", MISSING) if not quote.symbol else ("ticker", ticker, LONG_TICKER)
    for name in ("ask_price", "bid_price", "ask_amount", "bid_amount"):
        value = getattr(quote, name)
        if (
            value is not None
            and not math.isfinite(value)
            and not (name.endswith("amount") and math.isnan(value))
        ):
            return name, str(value), NOT_FINITE
        if name.endswith("price") and value is not None and value < 0:
            return name, str(value), NEGATIVE
    raise AssertionError("only called for a row that failed one of these")


def _reason(bad: BadQuote) -> Reason:
    if "missing required" in bad.reason:
        return MISSING
    if "`float" in bad.reason:
        return NOT_A_NUMBER
    return NOT_AN_INTEGER if "`int" in bad.reason else _OTHER
