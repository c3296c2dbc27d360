"""The clocks of a zone -> UTC.

A time that the zone has twice is the first of the two; one that it skips is read as if its
clocks had not been changed: PEP 495 with fold 0. How many such times there are is counted.
"""

from datetime import UTC as IN_UTC
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import lru_cache
from typing import Final

UTC: Final = "UTC"
_CACHED_SECONDS: Final = 4096
_DAY_SECONDS: Final = 86_400
_MOST_DAYS: Final = 64
"""Where rows are farther apart, each is looked at."""


class Clock(Enum):
    """What the clocks of a zone do with a time."""

    ONCE = auto()
    SKIPPED = auto()
    TWICE = auto()


def clock_at(local_seconds: int, zone: str) -> Clock:
    """Return how often the clocks of a zone show a time, seconds since 1970."""
    before, after = _offset_seconds(local_seconds, zone, 0), _offset_seconds(local_seconds, zone, 1)
    if before == after:
        return Clock.ONCE
    return Clock.SKIPPED if after > before else Clock.TWICE


def has_change(first_second: int, last_second: int, zone: str) -> bool:
    """Tell whether the clocks of a zone may have been changed within a day of this time."""
    first_day, last_day = first_second // _DAY_SECONDS - 1, last_second // _DAY_SECONDS + 2
    if last_day - first_day > _MOST_DAYS:
        return True
    days = range(first_day, last_day + 1)
    return len({offset_seconds(day * _DAY_SECONDS, zone) for day in days}) > 1


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=IN_UTC)


@lru_cache(_CACHED_SECONDS)
def offset_seconds(local_seconds: int, zone: str) -> int:
    """Return how far a zone is ahead of UTC when its clocks show a time, seconds since 1970."""
    return _offset_seconds(local_seconds, zone, 0)


def _offset_seconds(local_seconds: int, zone: str, fold: int) -> int:
    from zoneinfo import ZoneInfo  # which few recordings need

    local = datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(seconds=local_seconds)
    return _ahead_seconds(local.replace(fold=fold))


def instants_of(local_seconds: int, zone: str) -> tuple[int, int]:
    """Return when the clocks of a zone show a time, first and last, in seconds since 1970 UTC.

    If they skip it, both are the instant at which they are changed.
    """
    from zoneinfo import ZoneInfo

    clocks = ZoneInfo(zone)
    local = _EPOCH.replace(tzinfo=clocks) + timedelta(seconds=local_seconds)
    first, last = (local_seconds - _ahead_seconds(local.replace(fold=fold)) for fold in (0, 1))
    if first <= last:
        return first, last
    before, after = last, first  # they are changed behind the one, and not behind the other
    old_offset = _ahead_seconds((_EPOCH + timedelta(seconds=before)).astimezone(clocks))
    while after - before > 1:
        middle = (before + after) // 2
        moment = (_EPOCH + timedelta(seconds=middle)).astimezone(clocks)
        if _ahead_seconds(moment) == old_offset:
            before = middle
        else:
            after = middle
    return after, after


def _ahead_seconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None  # as the time has a zone
    return round(offset.total_seconds())
