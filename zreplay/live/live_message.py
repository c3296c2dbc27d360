"""Messages of a feed -> a block and rejections.

Rule 1: a message is a JSON object, or a list of them; each object is judged by itself.
Rule 2: timestamp (text) and ticker are required; numbers may be texts. A price or an amount
        that is null, empty or absent is NaN, a missing index is -1; other keys are ignored.
Rule 3: a price is finite, and not negative unless that is allowed; zero is a price; without one
        the quote is blank.
        A ticker is no longer than in a recording.
Rule 4: a message of the usual shape is decoded and typed in one call. Only one that fails
        is taken apart, to keep its good objects and to report what is wrong with the others.
"""

import math
from collections.abc import Iterable
from typing import Annotated, Any, Final, NamedTuple

import msgspec
import numpy as np

from protocol.limits import INT64_MAX, INT64_MIN, MAX_TICKER_CHARS
from zreplay.live.venue import Read, Venue
from zreplay.quotes.block import Block, Float64s
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
from zreplay.quotes.timestamp_column import timestamps_ns

MAX_EXAMPLE_BYTES: Final = 200

_Index = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]
_NOT_JSON: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Quote(msgspec.Struct, gc=False):
    timestamp: str
    ticker: str
    ask_price: float | None = None
    bid_price: float | None = None
    ask_amount: float | None = None
    bid_amount: float | None = None
    index: _Index | None = None


class Reading(NamedTuple):
    """How the frames of one connection are read."""

    venue: Venue
    read: Read


class LiveMessage(NamedTuple):
    """The contents of one websocket frame; `offset` is the byte of its record.

    Without a `reading` it has the plain shape.
    """

    recv_ns: int
    payload: memoryview | bytes
    offset: int
    reading: Reading | None = None


_COLUMNS: Final = {field.name: field for field in msgspec.structs.fields(_Quote)}
_MESSAGE: Final = msgspec.json.Decoder(_Quote | list[_Quote], strict=False)
_OBJECTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANYTHING: Final = msgspec.json.Decoder()
_VALUES: Final = {
    name: msgspec.json.Decoder(field.type, strict=False) for name, field in _COLUMNS.items()
}
_NOT_A_TEXT: Final = Reason("not a text", RowCode.OTHER)
_NOT_A_TIME: Final = Reason("not a time from 1677 to 2262", RowCode.NOT_A_TIME)
_NOT_JSON_TEXT: Final = Reason("not JSON", RowCode.NOT_TEXT)
_NOT_AN_OBJECT: Final = Reason("not a JSON object", RowCode.NOT_TEXT)
_EXPECTED: Final = {
    "timestamp": _NOT_A_TEXT,
    "ticker": _NOT_A_TEXT,
    "index": NOT_AN_INTEGER,
}


# An empty text is not a number and thus absent; an empty ticker or time is a bad one.
_ABSENT: Final = {
    name: (b"null",) if field.type is str else (b"null", b'""') for name, field in _COLUMNS.items()
}


class _Flaw(NamedTuple):
    column: str
    value: str
    reason: str
    code: RowCode


class _Rows:
    """Quotes that decode, in order of position, and the rejections of those that do not."""

    def __init__(self) -> None:
        self.quotes: list[_Quote] = []
        self.positions: list[int] = []
        self.arrivals_ns: list[int] = []
        self.rejections: list[Rejection] = []

    def add(self, quote: _Quote, position: int, recv_ns: int) -> None:
        self.quotes.append(quote)
        self.positions.append(position)
        self.arrivals_ns.append(recv_ns)

    def reject(self, position: int, flaw: _Flaw) -> None:
        flaw = flaw._replace(value=flaw.value[:VALUE_LIMIT])
        self.rejections.append(Rejection(CAPTURE_NAME, None, position, *flaw))


def decode(
    messages: Iterable[LiveMessage], *, may_be_negative: bool = False
) -> tuple[Block, list[Rejection]]:
    """Return the quotes in the order of the messages, and what was not a quote.

    The position of an object is the offset of its message's record + its number in the
    message: unique, and below the next record's, as each object takes a byte and more.
    """
    rows = _Rows()
    for recv_ns, payload, offset, _ in messages:
        try:
            decoded = _MESSAGE.decode(payload)
        except _NOT_JSON:
            _take_apart(payload, offset, recv_ns, rows)
            continue
        if isinstance(decoded, _Quote):
            rows.add(decoded, offset, recv_ns)
        else:
            for number, quote in enumerate(decoded):
                rows.add(quote, offset + number, recv_ns)
    block = _block(rows, -math.inf if may_be_negative else 0.0)
    return block, sorted(rows.rejections, key=lambda rejection: rejection.offset)


def _block(rows: _Rows, least_price: float) -> Block:
    """Return the good rows as columns; reject the others."""
    quotes = rows.quotes
    instants, is_timestamp = timestamps_ns([quote.timestamp for quote in quotes])
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(quote.ticker, len(numbers)) for quote in quotes]
    names = tuple(numbers)
    block = Block(
        arrival_ns=np.array(rows.arrivals_ns, np.int64),
        position=np.array(rows.positions, np.int64),
        index=np.array([-1 if q.index is None else q.index for q in quotes], np.int64),
        timestamp_ns=instants,
        latency_ms=np.full(len(quotes), np.nan),
        # None becomes NaN.
        ask_amount=np.array([quote.ask_amount for quote in quotes], np.float64),
        ask_price=np.array([quote.ask_price for quote in quotes], np.float64),
        bid_price=np.array([quote.bid_price for quote in quotes], np.float64),
        bid_amount=np.array([quote.bid_amount for quote in quotes], np.float64),
        ticker_codes=np.array(codes, np.int32),
        ticker_names=names,
    )
    asks, bids = [quote.ask_price for quote in quotes], [quote.bid_price for quote in quotes]
    is_good = is_timestamp & _are_prices(block.ask_price, asks, least_price)
    is_good &= _are_prices(block.bid_price, bids, least_price)
    is_good &= ~np.isinf(block.ask_amount) & ~np.isinf(block.bid_amount)
    is_ticker = np.array([0 < len(name) <= MAX_TICKER_CHARS for name in names], np.bool_)
    if not is_ticker.all():
        is_good &= is_ticker[block.ticker_codes]
    if is_good.all():
        return block
    for row in np.flatnonzero(~is_good):
        rows.reject(
            rows.positions[row], _flaw_of(quotes[row], bool(is_timestamp[row]), least_price)
        )
    return block.take(np.flatnonzero(is_good))


def _are_prices(column: Float64s, prices: list[float | None], least_price: float) -> Any:
    """Tell which are prices, or are missing: NaN itself is neither."""
    is_price = np.isfinite(column) & (column >= least_price)
    return is_price if is_price.all() else is_price | [price is None for price in prices]


def _flaw_of(quote: _Quote, is_timestamp: bool, least_price: float) -> _Flaw:
    """Return the first thing that is wrong with a quote that decodes."""
    if not is_timestamp:
        reason = _NOT_A_TIME if quote.timestamp else MISSING
        return _Flaw("timestamp", quote.timestamp, *reason)
    if not quote.ticker:
        return _Flaw("ticker", "", *MISSING)
    if len(quote.ticker) > MAX_TICKER_CHARS:
        return _Flaw("ticker", quote.ticker, *LONG_TICKER)
    for name in ("ask_price", "bid_price"):
        price = getattr(quote, name)
        if price is None:
            continue
        if not math.isfinite(price):
            return _Flaw(name, str(price), *NOT_FINITE)
        if price < least_price:
            return _Flaw(name, str(price), *NEGATIVE)
    for name in ("ask_amount", "bid_amount"):
        amount = getattr(quote, name)
        if amount is not None and math.isinf(amount):
            return _Flaw(name, str(amount), *NOT_FINITE)
    raise AssertionError("only called for a row that failed one of these")


def _take_apart(payload: memoryview | bytes, offset: int, recv_ns: int, rows: _Rows) -> None:
    """Decode a message that did not decode as a whole, object by object."""
    try:
        objects = _OBJECTS.decode(payload)
    except _NOT_JSON:
        objects = [msgspec.Raw(bytes(payload))]
    for number, raw in enumerate(objects):
        quote = _quote(raw)
        if isinstance(quote, _Quote):
            rows.add(quote, offset + number, recv_ns)
        else:
            rows.reject(offset + number, quote)


def _quote(raw: msgspec.Raw) -> _Quote | _Flaw:
    try:
        values = _OBJECT.decode(raw)
    except _NOT_JSON:
        return _Flaw("", _text(raw), *(_NOT_AN_OBJECT if _is_json(raw) else _NOT_JSON_TEXT))
    found: dict[str, Any] = {}
    for name, field in _COLUMNS.items():
        value = values.get(name)
        is_absent = value is None or bytes(value) in _ABSENT[name]
        if is_absent and field.required:
            return _Flaw(name, "" if value is None else _text(value), *MISSING)
        if value is None or is_absent:
            continue
        try:
            found[name] = _VALUES[name].decode(value)
        except _NOT_JSON:
            return _Flaw(name, _text(value), *_EXPECTED.get(name, NOT_A_NUMBER))
    return _Quote(**found)


def example_text(message: memoryview | bytes) -> str:
    """Return the beginning of a message, on one line, for the operator."""
    text = bytes(message[:MAX_EXAMPLE_BYTES]).decode("utf-8", "replace")
    return " ".join(text.split()) or "an empty message"


def _is_json(raw: msgspec.Raw) -> bool:
    try:
        _ANYTHING.decode(raw)
    except _NOT_JSON:
        return False
    return True


def _text(raw: msgspec.Raw) -> str:
    """Return a value as the feed wrote it, a text without its quotes."""
    text = bytes(raw).decode("utf-8", "replace")
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
