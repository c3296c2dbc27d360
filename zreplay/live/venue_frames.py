"""A frame -> what it says, by the shape that an adapter gives.

Rule 1: a frame of the shape is decoded and typed in one call; numbers may be texts.
Rule 2: only one that does not fit is taken apart: an empty text counts as null, the rows of a
        list are judged one by one, and what is wrong is named.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from zreplay.live.venue import BadQuote, Frame, Read, SomeQuotes, Told, Unknown, VenueQuote

MAX_KIND_CHARACTERS: Final = 60
_FAULTS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_TELLING: Final = ("e", "channel", "topic", "table", "type", "method", "event", "op")
"""The keys by which venues tell what a message is."""
_ANYTHING: Final = msgspec.json.Decoder()


def reading[Shape](
    shape: type[Shape],
    told: Callable[[Shape], Told],
    is_quote: Callable[[Any], bool],
    *,
    rows: str = "",
    texts: Mapping[bytes, Told] | None = None,
) -> Read:
    """Return the function that reads frames of this shape.

    `is_quote` tells by a message that does not fit whether it should have been a quote; `rows` is
    the key of a list of them, `texts` are the frames that are no JSON.
    """
    decode = msgspec.json.Decoder(shape, strict=False).decode
    known_texts = texts or {}

    def read(frame: Frame) -> Told:
        try:
            return told(decode(frame))
        except _FAULTS:
            pass
        if len(frame) < MAX_KIND_CHARACTERS and (known := known_texts.get(bytes(frame))):
            return known
        try:
            message = _blank_as_null(_ANYTHING.decode(frame))
        except _FAULTS:
            return Unknown("not JSON")
        if not isinstance(message, dict):
            return Unknown("not a JSON object")
        try:
            return told(msgspec.convert(message, shape, strict=False))
        except _FAULTS as error:
            if not is_quote(message):
                return Unknown(kind_of(message))
            if rows and isinstance(listed := message.get(rows), list) and len(listed) > 1:
                return _row_by_row(message, shape, told, rows)
            return SomeQuotes([], [_bad(message, str(error))])

    return read


def kind_of(message: Any) -> str:
    """Return what a message calls itself, or the names of what it has."""
    if not isinstance(message, dict):
        return "not a JSON object"
    inner = message.get("data")
    for part in (message, inner if isinstance(inner, dict) else {}):
        for key in _TELLING:
            if isinstance(part.get(key), str):
                return f"{key}={part[key]}"[:MAX_KIND_CHARACTERS]
    return f"keys {', '.join(map(str, message))}"[:MAX_KIND_CHARACTERS]


def _row_by_row[Shape](
    message: dict[str, Any], shape: type[Shape], told: Callable[[Shape], Told], rows: str
) -> SomeQuotes:
    quotes: list[VenueQuote] = []
    bad: list[BadQuote] = []
    for row in message[rows]:
        try:
            found = told(msgspec.convert({**message, rows: [row]}, shape, strict=False))
        except _FAULTS as error:
            bad.append(_bad({**message, rows: [row]}, str(error)))
            continue
        quotes += found if isinstance(found, list) else []
    return SomeQuotes(quotes, bad)


def _bad(message: Any, error: str) -> BadQuote:
    """Return what the error says of a value, which it names as in `... - at `$.data.b``."""
    reason, _, path = error.partition(" - at `$")
    value = message
    for step in path.rstrip("`").replace("[", ".[").split(".")[1:]:
        place = step.strip("[]")
        try:
            value = value[int(place)] if step.startswith("[") else value[place]
        except (KeyError, IndexError, TypeError, ValueError):
            break
    column = path.rstrip("`").rpartition(".")[2]
    return BadQuote(column, _text(value), reason[:1].lower() + reason[1:])


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _blank_as_null(value: Any) -> Any:
    """Return the same without empty texts."""
    if isinstance(value, dict):
        return {key: _blank_as_null(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_blank_as_null(inner) for inner in value]
    return None if value == "" else value
