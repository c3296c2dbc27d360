"""The operand of a seek -> the arrival from which the replay continues.

    2025-10-02 23:59:57.29   an instant, written as in a recording
    2025-10-02               the start of a day
    12:00  12:00:05.250      that time of a day of the files: where the replay is, or the next or
                             the previous one if only they have it
    +5s  -250ms  +2m         from the present instant of the replay, at its start the first arrival
    40%                      of the time from the first arrival to the last
    start                    the first quote

An instant before the first arrival is the start; one behind the last is refused. Where they are
not known for certain it is an instant like any other: quotes may be there.
"""

import re
from fractions import Fraction
from typing import Final

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.delivery.command import START
from zreplay.historical.span import Span
from zreplay.quotes.timestamp_text import instant_or_day_ns, time_text
from zreplay.settings import parse_seconds_ns

_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,9})?)%", re.ASCII)
_TIME_OF_DAY: Final = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?", re.ASCII)
_DAY_NS: Final = 86_400 * 10**9
_NONE_OF_IT: Final = re.compile(r"0{1,3}(?:\.0{1,9})?%")


def seek_target(text: str, present_ns: int | None, span: Span) -> int | None:
    """Return the arrival in ns to continue from, None for the first quote.

    Raises:
        SettingsError: it is not a place, or not one within the files.
    """
    text = text.strip()
    if text == START or _NONE_OF_IT.fullmatch(text):
        return None
    arrival_ns = _arrival_ns(text, present_ns, span)
    if not INT64_MIN <= arrival_ns <= INT64_MAX:
        raise SettingsError(
            f"seek was {text!r}, which is outside of 64 bits of nanoseconds",
            fix="seek a time from 1677 to 2262",
            code="Z203",
        )
    if not span.is_exact:
        return arrival_ns
    if span.last_ns is not None and arrival_ns > span.last_ns:
        raise SettingsError(
            f"{time_text(arrival_ns)} is after the last quote: "
            f"the files go from {time_text(span.first_ns)} to {time_text(span.last_ns)}",
            fix="zreplay ctl seek TIME within them",
            code="Z203",
        )
    is_before = span.first_ns is not None and arrival_ns <= span.first_ns
    return None if is_before else arrival_ns


def _arrival_ns(text: str, present_ns: int | None, span: Span) -> int:
    if match := _PERCENT.fullmatch(text):
        share = Fraction(match[1]) / 100
        if span.first_ns is None or span.last_ns is None:
            raise SettingsError(
                "where the files end is unknown without reading them through",
                fix="seek an instant, or +5s",
                code="Z212",
            )
        if share <= 1:
            return span.first_ns + int(share * (span.last_ns - span.first_ns))
    elif text[:1] in ("+", "-"):
        from_ns = span.first_ns if present_ns is None else present_ns
        if from_ns is None:
            raise SettingsError(
                "the replay's position is not known yet",
                fix="seek an instant, or try again",
                code="Z212",
            )
        sign = 1 if text[0] == "+" else -1
        return from_ns + sign * parse_seconds_ns(text[1:], "seek")
    elif _TIME_OF_DAY.fullmatch(text):
        moment_ns = _on_a_day(text, present_ns, span)
        if moment_ns is not None:
            return moment_ns
    else:
        moment_ns = instant_or_day_ns(text)
        if moment_ns is not None:
            return moment_ns
    raise SettingsError(
        f"seek was {text!r}, which is not a place in a recording",
        fix="seek '2025-10-02 23:59:57.29', 23:59:57, +5s, -250ms, 40% or start",
        code="Z203",
    )


def _on_a_day(time_of_day: str, present_ns: int | None, span: Span) -> int | None:
    """Return this time on the day of the present instant, or on one beside it within the files.

    None if there is no such time of day.
    """
    since_midnight_ns = instant_or_day_ns(f"1970-01-01 {time_of_day}")
    if since_midnight_ns is None:
        return None
    around_ns = span.first_ns if present_ns is None else present_ns
    if around_ns is None:
        raise SettingsError(
            "the day of the files is not known yet",
            fix=f"seek '2025-10-02 {time_of_day}', or try again",
            code="Z212",
        )
    present_day_ns = around_ns - around_ns % _DAY_NS + since_midnight_ns
    days = (present_day_ns, present_day_ns + _DAY_NS, present_day_ns - _DAY_NS)
    first_ns, last_ns = span.first_ns, span.last_ns
    if span.is_exact and first_ns is not None and last_ns is not None:
        within = (day_ns for day_ns in days if first_ns <= day_ns <= last_ns)
        return next(within, present_day_ns)
    return present_day_ns
