"""The clocks of a zone, also where they are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from zreplay.recordings.formats.zone import (
    Clock,
    clock_at,
    has_change,
    instants_of,
    offset_seconds,
)

HOUR = 3600


def seconds_of(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("local", "zone", "hours"),
    [
        ("2025-01-02 12:00:00", "America/New_York", -5),
        ("2025-07-02 12:00:00", "America/New_York", -4),
        ("2025-03-09 01:59:59", "America/New_York", -5),
        ("2025-03-09 02:30:00", "America/New_York", -5),  # which it skips
        ("2025-03-09 03:00:00", "America/New_York", -4),
        ("2025-11-02 01:30:00", "America/New_York", -4),  # which it has twice
        ("2025-11-02 02:00:00", "America/New_York", -5),
        ("2025-07-02 12:00:00", "Etc/GMT+5", -5),
        ("2025-07-02 12:00:00", "UTC", 0),
    ],
)
def test_the_offset_is_that_of_the_time_the_clocks_show(local: str, zone: str, hours: int) -> None:
    assert hours * HOUR == offset_seconds(seconds_of(local), zone)


@pytest.mark.parametrize(
    ("local", "clock"),
    [
        ("2025-03-09 01:59:59", Clock.ONCE),
        ("2025-03-09 02:00:00", Clock.SKIPPED),
        ("2025-03-09 02:59:59", Clock.SKIPPED),
        ("2025-03-09 03:00:00", Clock.ONCE),
        ("2025-11-02 00:59:59", Clock.ONCE),
        ("2025-11-02 01:00:00", Clock.TWICE),
        ("2025-11-02 01:59:59", Clock.TWICE),
        ("2025-11-02 02:00:00", Clock.ONCE),
    ],
)
def test_the_clocks_skip_some_times_and_show_some_twice(local: str, clock: Clock) -> None:
    assert clock is clock_at(seconds_of(local), "America/New_York")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2025-03-01 00:00:00", "2025-03-07 12:00:00", False),
        ("2025-03-01 00:00:00", "2025-03-08 12:00:00", True),
        ("2025-03-10 00:00:00", "2025-03-10 00:00:01", True),
        ("2025-03-12 00:00:00", "2025-05-01 00:00:00", False),
        ("2025-03-12 00:00:00", "2025-10-01 00:00:00", True),  # each row is looked at
    ],
)
def test_a_change_is_near_within_a_day(first: str, last: str, expected: bool) -> None:
    assert expected == has_change(seconds_of(first), seconds_of(last), "America/New_York")


@pytest.mark.parametrize("day", ["2025-03-09", "2025-07-02", "2025-11-02"])
def test_when_the_clocks_show_a_time_is_what_a_look_at_every_minute_says(day: str) -> None:
    midnight = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    shown: dict[str, list[int]] = {}
    changed = 0
    for minute in range(30 * 60):
        instant = midnight + minute * 60
        local = datetime.fromtimestamp(instant, ZoneInfo("America/New_York"))
        shown.setdefault(f"{local:%Y-%m-%d %H:%M}", []).append(instant)
        before = datetime.fromtimestamp(instant - 60, ZoneInfo("America/New_York"))
        changed = instant if before.utcoffset() != local.utcoffset() else changed
    for minute in range(24 * 60):
        local = datetime.fromisoformat(day) + timedelta(minutes=minute)
        instants = shown.get(f"{local:%Y-%m-%d %H:%M}", [changed])

        found = instants_of(midnight + minute * 60, "America/New_York")

        assert (instants[0], instants[-1]) == found
