"""A frame of a declared venue -> what it says, by the paths of its declaration. Pure.

A path is keys joined by dots, a number is a place in a list: `data.bids.0.1`. One that begins
with `$.` is of the whole message, any other of the quote's own row.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from zreplay.live.venue import (
    Acknowledged,
    BadQuote,
    Frame,
    Heartbeat,
    Notice,
    Read,
    Refused,
    SomeQuotes,
    Told,
    Unknown,
    VenueQuote,
)
from zreplay.live.venue_frames import kind_of
from zreplay.live.venue_times import iso_ns

ANY: Final = "*"
ISO: Final = "iso"
UNITS_NS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
MAX_UNZIPPED_BYTES: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_MOST_NS: Final = 2**63 - 1
_LONGEST_PLACE: Final = 7
_NUMBERS: Final = ("bid_price", "bid_amount", "ask_price", "ask_amount")
_IN_REPLY: Final = re.compile(r"\{([A-Za-z0-9_$.-]+)\}")
_FAULTS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_decode: Final = msgspec.json.Decoder().decode

When = Mapping[str, str | int | float | bool]
Get = Callable[[Any, Any], Any]
"""(message, row of it) -> a value."""


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What tells an answer: the value at each path, `*` for any; and where it says of what.

    There must be nothing at the paths of `absent`.
    """

    when: dict[str, str | int | float | bool]
    absent: list[str] = []
    request: str = ""
    symbol: str = ""
    symbol_pattern: str = ""
    reason: str = ""
    reply: str = ""
    """What is sent back; `{path}` is the value there."""


class QuoteShape(msgspec.Struct, forbid_unknown_fields=True):
    """What tells a quote, where the list of them lies, and the path of each field."""

    when: dict[str, str | int | float | bool]
    symbol: str
    bid_price: str
    ask_price: str
    bid_amount: str = ""
    ask_amount: str = ""
    rows: str = ""
    symbol_pattern: str = ""
    time: str = ""
    time_unit: str = "ms"
    update_id: str = ""


class FrameShapes(msgspec.Struct):
    """All that a venue sends; `texts` are its frames that are no JSON, answers to a ping."""

    quote: QuoteShape
    acknowledged: Answer | None
    refused: Answer | None
    heartbeat: Answer | None
    pong: Answer | None
    closing: Answer | None
    texts: list[str]


def reader(shapes: FrameShapes) -> Read:
    """Return the function that reads the frames of such a venue; each is judged by itself."""
    texts = {text.encode() for text in shapes.texts}
    is_quote, quotes_in = _fitting(shapes.quote.when), _quotes(shapes.quote)

    def read(frame: Frame) -> Told:
        if len(frame) > 1 and frame[:2] == _GZIP:
            unzipped = _unzipped(frame)
            if unzipped is None:
                return Unknown("gzip that cannot be read")
            frame = unzipped
        if texts and bytes(frame) in texts:
            return Heartbeat(is_answer=True)
        try:
            message = _decode(frame)
        except _FAULTS:
            return Unknown("not JSON")
        if is_quote(message):
            return quotes_in(message)
        return _answer(shapes, message)

    return read


def _getter(path: str) -> Get:
    """Return the function that gives the value at a path, None if there is none."""
    is_whole = path.startswith("$.")
    steps = [
        (step, int(step) if step.isdecimal() and len(step) < _LONGEST_PLACE else None)
        for step in (path.removeprefix("$.").split(".") if path else ())
    ]

    def get(message: Any, row: Any) -> Any:
        value = message if is_whole else row
        for key, place in steps:
            if type(value) is dict:
                value = value.get(key)
            elif type(value) is list and place is not None and place < len(value):
                value = value[place]
            else:
                return None
        return value

    return get


def at(path: str, message: Any) -> Any:
    """Return the value at a path of a message, None if there is none."""
    return _getter(path)(message, message)


def _fitting(when: When) -> Callable[[Any], bool]:
    """Return whether a message has at each path what is expected there; true is no 1."""
    expected = [(_getter(path), value) for path, value in when.items()]

    def fits(message: Any) -> bool:
        for get, value in expected:
            found = get(message, message)
            if found is None or (
                value != ANY
                and (found != value or isinstance(found, bool) != isinstance(value, bool))
            ):
                return False
        return True

    return fits


def _fits(answer: Answer, message: Any) -> bool:
    is_there = (at(path, message) is not None for path in answer.absent)
    return _fitting(answer.when)(message) and not any(is_there)


def _unzipped(frame: Frame) -> bytes | None:
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        data = unzip.decompress(frame, MAX_UNZIPPED_BYTES)
    except zlib.error:
        return None
    return data if unzip.eof else None


def _answer(shapes: FrameShapes, message: Any) -> Told:
    if shapes.heartbeat is not None and _fits(shapes.heartbeat, message):
        return Heartbeat(_reply(shapes.heartbeat.reply, message))
    if shapes.pong is not None and _fits(shapes.pong, message):
        return Heartbeat(is_answer=True)
    if shapes.closing is not None and _fits(shapes.closing, message):
        return Notice(_text(at(shapes.closing.reason, message)), is_closing=True)
    if (said := shapes.acknowledged) is not None and _fits(said, message):
        return Acknowledged(_symbols(said, message), _request(said, message))
    if (said := shapes.refused) is not None and _fits(said, message):
        reason = at(said.reason, message) if said.reason else None
        reason = _text(message if reason is None else reason)
        return Refused(reason, _symbols(said, message), _request(said, message))
    return Unknown(kind_of(message))


def _quotes(shape: QuoteShape) -> Callable[[Any], Told]:
    """Return the function that takes the quotes out of a message that has some."""
    rows_of, quote_of = _getter(shape.rows), _quote(shape)

    def quotes_in(message: Any) -> Told:
        rows = rows_of(message, message)
        quotes: list[VenueQuote] = []
        bad: list[BadQuote] = []
        for row in rows if shape.rows and isinstance(rows, list) else [rows]:
            found = quote_of(message, row)
            if isinstance(found, BadQuote):
                bad.append(found)
            else:
                quotes.append(found)
        return SomeQuotes(quotes, bad) if bad else quotes

    return quotes_in


def _quote(shape: QuoteShape) -> Callable[[Any, Any], VenueQuote | BadQuote]:
    symbol_at, pattern = _getter(shape.symbol), shape.symbol_pattern
    numbers_at = [(name, _getter(path)) for name in _NUMBERS if (path := getattr(shape, name))]
    time_at = _getter(shape.time) if shape.time else None
    id_at = _getter(shape.update_id) if shape.update_id else None

    def quote_in(message: Any, row: Any) -> VenueQuote | BadQuote:
        symbol = _part(pattern, symbol_at(message, row))
        if not symbol:
            return BadQuote("symbol", "", "object missing required field `symbol`")
        quote = VenueQuote(symbol, None, None, None, None, None)
        for name, get in numbers_at:
            value = get(message, row)
            try:
                setattr(quote, name, _number(value))
            except _FAULTS:
                return BadQuote(name, _text(value), "expected `float`")
        if time_at is not None:
            quote.timestamp_ns = _time_ns(shape, time_at(message, row))
        if id_at is not None and isinstance(update_id := id_at(message, row), int | str):
            quote.update_id = update_id
        return quote

    return quote_in


def _number(value: Any) -> float | None:
    if type(value) is float:
        return value
    if value is None or value == "":
        return None
    found: float = msgspec.convert(value, float, strict=False)
    return found


def _time_ns(shape: QuoteShape, value: Any) -> int | None:
    """Return an instant; None for 0, absent, and what is no time."""
    if shape.time_unit == ISO:
        return iso_ns(value) if isinstance(value, str) else None
    unit_ns = UNITS_NS[shape.time_unit]
    if isinstance(value, int) and not isinstance(value, bool):
        time_ns = value * unit_ns
    elif isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        time_ns = int(value) * unit_ns
    elif isinstance(value, str | float) and len(_text(value)) <= len("-9223372036854775807.123456"):
        try:
            time_ns = int(Decimal(_text(value)) * unit_ns)
        except (InvalidOperation, ValueError, OverflowError):
            return None
    else:
        return None
    return time_ns if time_ns and -_MOST_NS < time_ns < _MOST_NS else None


def _part(pattern: str, value: Any) -> str:
    """Return a text, or what the first group of the pattern finds in it; empty if nothing."""
    if not isinstance(value, str):
        return ""
    if not pattern:
        return value
    found = re.fullmatch(pattern, value)
    return found[1] if found else ""


def _symbols(answer: Answer, message: Any) -> tuple[str, ...]:
    symbol = _part(answer.symbol_pattern, at(answer.symbol, message))
    return (symbol,) if answer.symbol and symbol else ()


def _request(answer: Answer, message: Any) -> int | None:
    value = at(answer.request, message) if answer.request else None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _reply(template: str, message: Any) -> bytes:
    def value(found: re.Match[str]) -> str:
        return msgspec.json.encode(at(found[1], message)).decode()

    return _IN_REPLY.sub(value, template).encode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
