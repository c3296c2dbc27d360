"""Times of Python, pandas and numpy are taken to the nanosecond; others are refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from protocol.errors import SettingsError
from zreplay.quotes.python_time import duration_text_of, instant_ns_of

NOON_NS = 1_767_355_200_123_456_000


@pytest.mark.parametrize(
    "value",
    [
        NOON_NS,
        "2026-01-02 12:00:00.123456",
        datetime(2026, 1, 2, 12, 0, 0, 123456),
        datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 1, 2, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2))),
        np.datetime64("2026-01-02T12:00:00.123456"),
    ],
)
def test_a_time_is_its_nanoseconds(value: Any) -> None:
    assert NOON_NS == instant_ns_of(value, "start")


def test_a_day_is_its_midnight() -> None:
    assert 1_767_312_000_000_000_000 == instant_ns_of(date(2026, 1, 2), "start")


class OfPandas(datetime):
    """As pandas.Timestamp: a datetime that knows nanoseconds too."""

    value = NOON_NS + 7


class LengthOfPandas(timedelta):
    value = 7


def test_pandas_keeps_its_nanoseconds() -> None:
    assert NOON_NS + 7 == instant_ns_of(OfPandas(2026, 1, 2, 12), "start")
    assert "7ns" == duration_text_of(LengthOfPandas(0), "duration")


@pytest.mark.parametrize("value", [1.5, True, None, [], timedelta(1), "noon"])
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError, match="start"):
        instant_ns_of(value, "start")


def test_a_duration_is_what_an_option_takes() -> None:
    assert "90s" == duration_text_of("90s", "duration")
    assert "1500000000ns" == duration_text_of(timedelta(seconds=1.5), "duration")


@pytest.mark.parametrize("value", [90, 1.5, None, datetime(2026, 1, 2)])
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError, match="duration"):
        duration_text_of(value, "duration")
