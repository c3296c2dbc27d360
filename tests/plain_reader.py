"""A line of a recording -> its quote, as slowly and plainly as the rules can be written.

Written from what the formats say, with nothing of what reads them: characters, fractions, the
calendar. A line is a tuple of values, REJECTED, or LEFT_OUT.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from zreplay.recordings.formats.layout import Layout

REJECTED: Final = "rejected"
LEFT_OUT: Final = "left out"
Plain = tuple[object, ...] | str

_EPOCH: Final = datetime(1970, 1, 1)
_LEAST, _GREATEST = -(2**63), 2**63 - 1
_UNITS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_MOST_LINE_BYTES: Final = 65_536
_MOST_TICKER: Final = 256
_BEYOND_ALL_BOUNDS: Final = 10**18
_NUMBER: Final = re.compile(r"([+-]?)(\d*)(\.?)(\d*)(?:[eE]([+-]?\d+))?", re.ASCII)


class NoQuote(Exception):
    """The line is rejected."""


def plain(line: bytes, layout: Layout) -> Plain:
    """Return what a line is; it has no line feed."""
    if len(line) > _MOST_LINE_BYTES:
        return REJECTED
    if any(line.startswith(each.encode()) for each in layout.rows.comments):
        return LEFT_OUT
    try:
        fields = _fields(line.rstrip(b"\r"), layout.delimiter.encode(), len(layout.header))
        for place, kept in layout.rows.kept.items():
            if kept.bits:
                if not re.fullmatch(rb"[0-9]{1,18}", fields[place]):
                    raise NoQuote
                is_kept = bool(int(fields[place]) & kept.bits)
            else:
                is_kept = fields[place] in [text.encode() for text in kept.texts]
            if not is_kept:
                return LEFT_OUT
        return _quote(fields, layout)
    except (NoQuote, UnicodeDecodeError):
        return REJECTED


def _fields(line: bytes, delimiter: bytes, count: int) -> list[bytes]:
    """Split at delimiters; a quote that begins a field keeps them until it is closed."""
    fields, field, at, is_open, was_quoted = [], b"", 0, False, False
    while at < len(line):
        char = line[at : at + 1]
        if is_open:
            if line[at : at + 2] == b'""':
                field, at = field + b'"', at + 1
            elif char == b'"':
                is_open = False
            else:
                field += char
        elif char == b'"' and not field and not was_quoted:
            is_open = was_quoted = True
        elif char == delimiter:
            fields, field, was_quoted = [*fields, field], b"", False
        else:
            field += char
        at += 1
    if is_open or len(fields) + 1 != count:
        raise NoQuote
    return [*fields, field]


def _quote(fields: list[bytes], layout: Layout) -> Plain:
    texts = {name: _text(fields[place]) for name, place in layout.places.items()}
    taken_ns = _time(_whole_time(texts), layout)
    latency_ms = 0.0
    if "latency" in texts:
        latency_ms = _number(texts["latency"])
    elif "local_timestamp" in texts:
        delay_ns = _time(texts["local_timestamp"], layout) - taken_ns
        if not _LEAST <= delay_ns <= _GREATEST:
            raise NoQuote
        latency_ms = float(delay_ns) / 1e6
    ticker = texts.get("ticker", layout.ticker)
    if "symbol" in texts:
        ticker = f"{texts['symbol']}@{texts['exchange']}"
    if layout.has_upper_tickers:
        ticker = ticker.upper()
    if len(ticker) > _MOST_TICKER:
        raise NoQuote
    late_ns = latency_ms * 1e6
    if math.isinf(late_ns) or not _LEAST <= taken_ns + round(late_ns) <= _GREATEST:
        raise NoQuote
    return (
        *(taken_ns + round(late_ns), _index(texts.get("index", "")), taken_ns, latency_ms),
        _amount(texts.get("ask_amount", ""), layout),
        *(_price(texts["ask_price"], layout), _price(texts["bid_price"], layout)),
        *(_amount(texts.get("bid_amount", ""), layout), ticker),
    )


def _text(field: bytes) -> str:
    if b"\r" in field:
        raise NoQuote
    return field.decode()


def _whole_time(texts: dict[str, str]) -> str:
    if "date" not in texts:
        return texts["timestamp"]
    return f"{texts['date']} {texts['timestamp']}" if texts["date"] and texts["timestamp"] else ""


def _exact(text: str) -> Fraction:
    """Return a number as it is written, which may be too large for a float."""
    found = _NUMBER.fullmatch(text.strip(" \t"))
    if found is None or not (found[2] or found[4]):
        raise NoQuote
    sign, whole, point, decimals, power = found.groups()
    if point and not (whole or decimals):
        raise NoQuote
    mantissa = int((whole + decimals) or "0")
    shift = int(power or 0) - len(decimals)
    if not mantissa:
        return Fraction(0)
    if shift > 5_000:
        raise NoQuote
    # One that is far too small for a float is no integer either.
    value = Fraction(mantissa) * (Fraction(10) ** max(shift, -5_000))
    return -value if sign == "-" else value


def _within_bounds(text: str) -> Fraction:
    """Return a number as it is written, whose exponent is not beyond all bounds, even of zero."""
    found = _NUMBER.fullmatch(text.strip(" \t"))
    if found and found[5] and abs(int(found[5])) >= _BEYOND_ALL_BOUNDS:
        raise NoQuote
    return _exact(text)


def _number(text: str, tens: int = 0) -> float:
    value = _exact(text) / 10**tens
    try:
        number = float(value)
    except OverflowError:
        raise NoQuote from None
    return -0.0 if not value and text.strip(" \t").startswith("-") else number


def _price(text: str, layout: Layout) -> float:
    text = text.strip(" \t")
    if not text or text.lower() in layout.missing_texts:
        return math.nan
    price = _number(text, layout.price_tens)
    if price in layout.missing_prices:
        return math.nan
    if price < 0 and not layout.may_be_negative:
        raise NoQuote
    return price


def _amount(text: str, layout: Layout) -> float:
    text = text.strip(" \t")
    return math.nan if text.lower() in ("", "nan") else _number(text, layout.amount_tens)


def _index(text: str) -> int:
    if not text.strip(" \t"):
        return -1
    value = _within_bounds(text)
    if value.denominator != 1 or not _LEAST <= value <= _GREATEST:
        raise NoQuote
    return int(value)


def _time(text: str, layout: Layout) -> int:
    times = layout.times
    if times.unit:
        value = _within_bounds(text)
        least, greatest = times.magnitude
        if not least <= value < greatest + 1:
            raise NoQuote
        instant = value * _UNITS[times.unit]
        if instant.denominator != 1:
            raise NoQuote
        clock_ns, offset = int(instant) + times.day_ns, None if times.day_ns else 0
    else:
        clock_ns, offset = _clock(text, times.template)
        clock_ns += times.day_ns
    if offset is None and times.zone != "UTC" and _LEAST <= clock_ns <= _GREATEST:
        shown = _EPOCH + timedelta(seconds=clock_ns // 10**9)
        moment = shown.replace(tzinfo=ZoneInfo(times.zone)).astimezone(UTC).replace(tzinfo=None)
        offset = round((shown - moment).total_seconds())
    instant_ns = clock_ns - (offset or 0) * 10**9
    if not _LEAST <= instant_ns <= _GREATEST:
        raise NoQuote
    return instant_ns


def _clock(text: str, template: str) -> tuple[int, int | None]:
    """Return what a clock shows, as if in UTC, and how far it is ahead of UTC if that is said."""
    has_point = not template.endswith("ssf")
    template = template.removesuffix("f")
    parts = dict.fromkeys("YMDhms", "")
    if len(text) < len(template):
        raise NoQuote
    for wanted, char in zip(template, text, strict=False):
        if wanted in parts:
            if char not in "0123456789":
                raise NoQuote
            parts[wanted] += char
        elif char != wanted and not (wanted == " " and char in " TD"):
            raise NoQuote
    found = re.fullmatch(
        (r"(?:\.([0-9]{1,9}))?" if has_point else "([0-9]{0,9})")
        + ("( GMT)?" if template != "YYYY-MM-DD hh:mm:ss" else "()")
        + "(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?",
        text[len(template) :],
    )
    if found is None or (found[2] and not found[3]):
        raise NoQuote
    numbers = [int(parts[name] or first) for name, first in zip("YMDhms", "111000", strict=True)]
    if not parts["Y"]:
        numbers[0] = 1970
    try:
        moment = datetime(*numbers)  # type: ignore[arg-type]
    except ValueError:
        raise NoQuote from None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    fraction_ns = int((found[1] or "").ljust(9, "0"))
    return seconds * 10**9 + fraction_ns, _offset(found[3])


def _offset(text: str | None) -> int | None:
    if text is None:
        return None
    digits = re.sub("[^0-9]", "", text).ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise NoQuote
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)
