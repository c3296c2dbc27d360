"""What Python calls a time or a duration -> the nanoseconds or the text that our options take."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from protocol.errors import SettingsError
from zreplay.quotes.timestamp_text import parse_instant_ns

Instant = str | int | datetime
Duration = str | timedelta

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def instant_ns_of(value: Any, argument: str) -> int:
    """Return an instant in ns since 1970; a datetime without a zone is in UTC.

    Takes a text, nanoseconds, a datetime, pandas.Timestamp or numpy.datetime64.

    Raises:
        SettingsError: it is none of them.
    """
    if isinstance(value, str):
        return parse_instant_ns(value, argument)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        in_ns = getattr(value, "value", None)  # of pandas, which knows nanoseconds too
        if isinstance(in_ns, int):
            return in_ns
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (aware - _EPOCH) // _MICROSECOND * 1000
    if isinstance(value, date):
        return instant_ns_of(datetime(value.year, value.month, value.day), argument)
    if hasattr(value, "dtype") and getattr(value.dtype, "kind", "") == "M":
        return int(value.astype("datetime64[ns]").astype("int64"))
    raise SettingsError(
        f"{argument} was {value!r}, expected a time",
        fix=f'{argument}="2026-01-02 09:30:00", a datetime, or nanoseconds since 1970',
        code="Z203",
    )


def duration_text_of(value: Any, argument: str) -> str:
    """Return a duration as our options take it, from a text, a timedelta or a pandas one.

    Raises:
        SettingsError: it is neither.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        in_ns = getattr(value, "value", None)  # of pandas
        return f"{in_ns if isinstance(in_ns, int) else value // _MICROSECOND * 1000}ns"
    raise SettingsError(
        f"{argument} was {value!r}, expected a duration",
        fix=f'{argument}="90s", or a timedelta',
        code="Z203",
    )
