"""A session of each day, such as 09:30-16:00 in New York -> which arrivals are outside of it.

Rule 1: a day of the zone has one region, begin <= arrival < end; it may go over midnight.
Rule 2: it begins when the clocks first show the begin, and ends when they last show the end. Of a
time that they skip it is the instant at which they are changed.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple, Self

import numpy as np

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.quotes.block import Bools, Int64s
from zreplay.recordings.formats.definition import check_zone
from zreplay.recordings.formats.zone import UTC, instants_of

_DAY_SECONDS: Final = 86_400
_SECOND_NS: Final = 1_000_000_000
_DAY_NS: Final = _DAY_SECONDS * _SECOND_NS
_TIME: Final = r"(?:([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?)"
_FORM: Final = re.compile(rf"{_TIME}\s*-\s*(?:{_TIME}|24:00)(?:\s+(\S+))?", re.ASCII)
_CACHED_DAYS: Final = 4_096


class DailySession(NamedTuple):
    """From a time of day to another, in seconds after midnight by the clocks of a zone."""

    begin_seconds: int
    end_seconds: int
    zone: str = UTC

    @classmethod
    def parse(cls, text: str, zone: str, option: str) -> Self:
        """Read `09:30-16:00`, in a zone, or one that follows: `09:30-16:00 America/New_York`.

        Raises:
            SettingsError: it is no session, or there is no such zone.
        """
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise SettingsError(
                f"{option} was {text!r}, expected two times of a day",
                fix=f"{option} 09:30-16:00, or {option} '09:30-16:00 America/New_York'",
                code="Z203",
            )
        begin, end = (_seconds(found.groups()[at : at + 3]) for at in (0, 3))
        if begin == end:
            raise SettingsError(
                f"{option} was {text!r}, which begins when it ends",
                fix=f"{option} 00:00-24:00",
                code="Z203",
            )
        session = cls(begin, end, found[7] or zone or UTC)
        check_zone(session.zone)
        return session

    def __str__(self) -> str:
        times = [
            f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}".removesuffix(":00")
            for seconds in self[:2]
        ]
        return f"{'-'.join(times)} {self.zone}"

    def is_outside(self, arrival_ns: Int64s) -> Bools | None:
        """Tell of each of some ascending arrivals whether it is outside; None if none is."""
        if not len(arrival_ns):
            return None
        days = np.unique(arrival_ns // _DAY_NS)
        # A region reaches into the next day, and the days of a zone begin half a day off.
        near = np.unique(np.add.outer(days, np.arange(-2, 2))).tolist()
        starts, ends = np.array([_region_ns(self, day) for day in near], np.int64).T
        place = np.searchsorted(starts, arrival_ns, side="right") - 1
        is_in = (place >= 0) & (arrival_ns < ends[np.maximum(place, 0)])
        return None if is_in.all() else ~is_in


def _seconds(time: tuple[str | None, ...]) -> int:
    hours, minutes, seconds = time
    if hours is None:
        return _DAY_SECONDS
    return (int(hours) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)


@lru_cache(_CACHED_DAYS)
def _region_ns(session: DailySession, day: int) -> tuple[int, int]:
    """Return from when to when it lasts that begins on a day of its zone, since 1970."""
    midnight = day * _DAY_SECONDS
    end_midnight = midnight + _DAY_SECONDS * (session.end_seconds < session.begin_seconds)
    first, _ = instants_of(midnight + session.begin_seconds, session.zone)
    _, last = instants_of(end_midnight + session.end_seconds, session.zone)
    return _int64(first * _SECOND_NS), _int64(last * _SECOND_NS)


def _int64(number: int) -> int:
    return min(max(number, INT64_MIN), INT64_MAX)
