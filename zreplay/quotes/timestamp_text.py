"""A timestamp text -> nanoseconds since 1970 UTC.

Rule 1: `2025-10-02 23:59:57.290000`, a `T` or a `D` for the space, 0 to 9 decimals, at the end a
        `Z`, an offset (`+02:00`, `+0200`, `+02`) or neither, which is UTC; nothing shorter.
Rule 2: what int64 nanoseconds cannot hold (before 1677, after 2262) is not a timestamp.

The readers of many at once (timestamp_column, recordings/csv: csv_columns, csv_suspects, and
compiled/timestamp.h) are bound to `instant_ns` by tests/test_time_text_forms.py.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.quotes.rejection import OUTSIDE, Reason, RowCode

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MINUTE: Final = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d)(Z|[+-]\d\d:\d\d)?", re.ASCII)
OFFSET: Final = "Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"
"""What may stand behind a time: UTC, or how far its clock is ahead of it."""

_WHOLE_FORM: Final = re.compile(
    rf"\d{{4}}-\d\d-\d\d[ TD]\d\d:\d\d:\d\d(?:\.(\d{{1,9}}))?({OFFSET})?", re.ASCII
).fullmatch
_NO_FORM: Final = Reason("not a time such as 2025-10-02 23:59:57.290000", RowCode.NOT_A_TIME)
_NO_DAY: Final = Reason("no such day", RowCode.NOT_A_TIME)
_NO_TIME_OF_DAY: Final = Reason("no such time of day", RowCode.NOT_A_TIME)
SHORTEST_CHARACTERS: Final = len("2025-10-02 23:59:57")
NS_PER_SECOND: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_CACHED_SECONDS: Final = 1024


def parse_instant_ns(text: str, option: str) -> int:
    """Read an instant as a user writes it: a timestamp, or a day or a minute, meaning its start.

    Raises:
        SettingsError: it is not an instant.
    """
    text = text.strip()
    moment_ns = instant_or_day_ns(text)
    if moment_ns is None:
        raise SettingsError(
            f"{option} was {text!r}, expected a time in UTC",
            fix=f"{option} '2025-10-02 23:59:57.290', or {option} 2025-10-02",
            code="Z203",
        )
    return moment_ns


def instant_or_day_ns(text: str) -> int | None:
    """Return the instant of a timestamp, or the start of a day or a minute; None if it is none."""
    if _DAY.fullmatch(text):
        text = f"{text} 00:00:00"
    elif minute := _MINUTE.fullmatch(text):
        text = f"{minute[1]}:00{minute[2] or ''}"
    return instant_ns(text)


def instant_ns(text: str) -> int | None:
    """Return the instant of a text, None if it is not a timestamp."""
    found = instant_or_reason(text)
    return found if isinstance(found, int) else None


def instant_or_reason(text: str) -> int | Reason:
    """Return the instant of a text, or why it is not a timestamp."""
    found = read_text(text)
    if isinstance(found, Reason):
        return found
    moment_ns = found[0]
    return moment_ns if INT64_MIN <= moment_ns <= INT64_MAX else OUTSIDE


def read_text(text: str) -> tuple[int, bool] | Reason:
    """Return the instant of a text, of any size, and whether it says its zone; or why it is none.

    Without a zone it is as if in UTC.
    """
    form = _WHOLE_FORM(text)
    if form is None:
        return _NO_FORM
    seconds = _whole_seconds(text[:SHORTEST_CHARACTERS])
    if isinstance(seconds, Reason):
        return seconds
    offset = form[2] or ""
    moment_ns = (seconds - seconds_of(offset)) * NS_PER_SECOND
    return moment_ns + int((form[1] or "").ljust(9, "0")), bool(offset)


def seconds_of(text: str | None) -> int:
    """Return how far an OFFSET is ahead of UTC; nothing and `Z` are UTC."""
    if not text or text == "Z":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if text[0] == "-" else seconds


def time_text(instant_ns: int | None) -> str | None:
    """Return an instant as `2025-10-02 23:59:54.580` UTC, None if there is none."""
    if instant_ns is None:
        return None
    seconds, rest_ns = divmod(instant_ns, 1_000_000_000)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return str(instant_ns)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest_ns // 1_000_000:03d}"


def exact_time_text(instant_ns: int) -> str:
    """Return an instant of 64 bits as `2025-10-02 23:59:54.580000001` UTC."""
    seconds, rest_ns = divmod(instant_ns, NS_PER_SECOND)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}.{rest_ns:09d}"


@lru_cache(_CACHED_SECONDS)
def _whole_seconds(text: str) -> int | Reason:
    """Return the seconds since 1970 of a text that has the form, or why it is not a time."""
    try:
        days = date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - _EPOCH_DAY
    except ValueError:
        return _NO_DAY
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:])
    if hour > 23 or minute > 59 or second > 59:
        return _NO_TIME_OF_DAY
    return ((days * 24 + hour) * 60 + minute) * 60 + second
