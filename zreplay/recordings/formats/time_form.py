"""How a format writes its times -> the nanoseconds since 1970 UTC of a text.

Rule 1: a template such as `YYYYMMDD hh:mm:ss` says where the digits stand; a blank in it is a
        blank, a `T` or a `D`. Behind the seconds come 1 to 9 decimals, if any (behind `ssf`
        without a point), then `Z` or an offset, if any, of which `GMT` may stand before.
        The template ISO is read by quotes/timestamp_text.
Rule 2: without a template a time is a number of units. It may have decimals, but is a whole
        number of nanoseconds. Where its unit was told by its magnitude, a number of another
        magnitude is none.
Rule 3: a time without an offset is one of `zone`, as formats/zone has it.
"""

import re
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

import msgspec

from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.quotes.rejection import MISSING, OUTSIDE, Reason, RowCode
from zreplay.quotes.timestamp_text import NS_PER_SECOND, OFFSET, read_text, seconds_of
from zreplay.recordings.formats.zone import UTC, Clock, clock_at, offset_seconds

ISO: Final = "YYYY-MM-DD hh:mm:ss"
ANY: Final = "any"
"""A form that is not known yet: ISO or a number, as the first row that can be read decides."""

TIME_OF_DAY: Final = "hh:mm:ss"
UNITS_NS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
MAGNITUDES: Final = {
    "s": (10**8, 10**11 - 1),
    "ms": (10**11, 10**14 - 1),
    "us": (10**14, 10**17 - 1),
    "ns": (10**17, INT64_MAX),
}
"""The least and the greatest number of each unit; seconds reach from 1973 to 5138."""

_PARTS: Final = ("YYYY", "MM", "DD", "hh", "mm", "ss")
NUMBER: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER: Final = re.compile(NUMBER)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_BLANKS: Final = " \t"
_MOST_UNIT_DIGITS: Final = 10
FAR_NS: Final = 2**63 - 2 * 86_400 * NS_PER_SECOND
"""Nearer to the ends of 64 bits an offset may lead beyond them."""

_WIDE: Final = (INT64_MIN, INT64_MAX)
_NOT_WHOLE: Final = Reason("not a whole number of nanoseconds", RowCode.NOT_A_TIME)
_NO_DAY: Final = Reason("no such day", RowCode.NOT_A_TIME)
_NO_TIME_OF_DAY: Final = Reason("no such time of day", RowCode.NOT_A_TIME)


class TimeForm(msgspec.Struct, frozen=True):
    """One way to write a time.

    `template` is ISO, another template, ANY, or empty for a number of `unit`. `magnitude` holds
    the least and the greatest such number. `day_ns` is when the day begins of which only the time
    is written, in the form's own zone.
    """

    template: str = ISO
    unit: str = ""
    magnitude: tuple[int, int] = _WIDE
    zone: str = UTC
    day_ns: int = 0
    is_since_midnight: bool = False

    @property
    def unit_ns(self) -> int:
        """How many nanoseconds a unit has; 0 if a time is a text."""
        return UNITS_NS.get(self.unit, 0)

    @property
    def has_local_clock(self) -> bool:
        """True if a time without an offset is one of another zone than UTC."""
        return self.zone != UTC and (not self.unit or bool(self.day_ns))

    @property
    def has_day(self) -> bool:
        """True if a time names its day, or counts from 1970."""
        if not self.template:
            return not self.is_since_midnight
        return self.template == ANY or "YYYY" in self.template

    def __str__(self) -> str:
        """Write it as a report names it."""
        of_zone = "" if self.zone == UTC else f" in {self.zone}"
        if not self.template:
            return f"{self.unit} since midnight{of_zone}" if self.day_ns else f"epoch {self.unit}"
        return f"{self.template}{of_zone}"

    def instant_ns(self, text: str) -> int | Reason:
        """Return the instant of a text, or why it is none."""
        found = self._found(text)
        if isinstance(found, Reason):
            return found
        moment_ns, is_utc = found
        if not is_utc and self.zone != UTC and INT64_MIN <= moment_ns <= INT64_MAX:
            seconds, rest_ns = divmod(moment_ns, NS_PER_SECOND)
            seconds -= offset_seconds(seconds, self.zone)
            moment_ns = seconds * NS_PER_SECOND + rest_ns
        return moment_ns if INT64_MIN <= moment_ns <= INT64_MAX else OUTSIDE

    def clock(self, text: str) -> Clock:
        """Return how often the clocks of the zone show a time that can be read."""
        found = self._found(text)
        assert not isinstance(found, Reason)
        moment_ns, is_utc = found
        return Clock.ONCE if is_utc else clock_at(moment_ns // NS_PER_SECOND, self.zone)

    def _found(self, text: str) -> tuple[int, bool] | Reason:
        """Return what a text says, and whether that is UTC rather than a time of the zone."""
        return self._number(text) if self.unit else self._read(text)

    def _read(self, text: str) -> tuple[int, bool] | Reason:
        if self.template == ISO:
            return read_text(text)
        found = pattern_of(self.template).fullmatch(text)
        if found is None:
            return Reason(f"not a time such as {self.template}", RowCode.NOT_A_TIME)
        parts = found.groupdict()
        year, month, day, hour, minute, second = (int(parts.get(name) or 0) for name in _PARTS)
        days = 0
        if parts.get("YYYY"):
            try:
                days = date(year, month, day).toordinal() - _EPOCH_DAY
            except ValueError:
                return _NO_DAY
        if hour > 23 or minute > 59 or second > 59:
            return _NO_TIME_OF_DAY
        seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        moment_ns = seconds * NS_PER_SECOND + int((parts["f"] or "").ljust(9, "0")) + self.day_ns
        offset = parts["offset"]
        return moment_ns - seconds_of(offset) * NS_PER_SECOND, bool(offset)

    def _number(self, text: str) -> tuple[int, bool] | Reason:
        text = text.strip(_BLANKS)
        number = _decimal(text)
        if number is None:
            return Reason(f"not a number of {self.unit}", RowCode.NOT_A_TIME) if text else MISSING
        least, greatest = self.magnitude
        if not least <= number < greatest + 1:
            if self.magnitude == _WIDE:
                return OUTSIDE
            return Reason(f"not a time in {self.unit}, as the first one is", RowCode.NOT_A_TIME)
        whole_ns = Context(prec=len(text) + _MOST_UNIT_DIGITS).multiply(number, self.unit_ns)
        if number and number.adjusted() < -_MOST_UNIT_DIGITS or whole_ns != int(whole_ns):
            return _NOT_WHOLE
        # Midnight is where a day of the zone begins; 1970 began in UTC.
        return int(whole_ns) + self.day_ns, not self.day_ns


def _decimal(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        return Decimal("Infinity" if "e-" not in text.lower() else "1e-999")


@lru_cache(16)
def pattern_of(template: str) -> re.Pattern[str]:
    """Return what a text of a template matches, with a group for each part that there is.

    Raises:
        ValueError: it is no template.
    """
    digits, fraction = template, r"(?:\.(?P<f>[0-9]{1,9}))?"
    if template.endswith("ssf"):
        digits, fraction = template[:-1], "(?P<f>[0-9]{0,9})"
    pattern = re.escape(digits).replace(r"\ ", "[ TD]")
    for part in _PARTS:
        pattern = pattern.replace(part, f"(?P<{part}>[0-9]{{{len(part)}}})", 1)
    has_day = [part in digits for part in _PARTS[:3]]
    if not digits.endswith("ss") or any(has_day) != all(has_day) or "hh" not in digits:
        raise ValueError(template)
    return re.compile(f"{pattern}{fraction}(?:(?: GMT)?(?P<offset>{OFFSET}))?")


def day_ns(text: str) -> int | None:
    """Return when a day begins, `2025-10-02` or `20251002`, as if in UTC; None if it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return (day.toordinal() - _EPOCH_DAY) * 86_400 * NS_PER_SECOND
