"""What arrives in a session is what the clocks of its zone say, also where they are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import SettingsError
from zreplay.historical.daily_session import DailySession

SECOND_NS = 1_000_000_000
NEW_YORK = "America/New_York"
ZONES = st.sampled_from(["UTC", NEW_YORK, "Asia/Kolkata", "Pacific/Kiritimati", "Etc/GMT+12"])
SECONDS = st.integers(0, 24 * 3600 - 1)


def instant_ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


def inside(session: DailySession, *instants: str) -> list[bool]:
    outside = session.is_outside(np.array([instant_ns(text) for text in instants], np.int64))
    return [True] * len(instants) if outside is None else (~outside).tolist()


@given(
    begin=SECONDS,
    end=SECONDS | st.just(24 * 3600),
    zone=ZONES,
    arrivals=st.lists(st.integers(-(10**9), 2 * 10**9), max_size=20).map(sorted),
    fraction_ns=st.sampled_from([0, 1, SECOND_NS - 1]),
)
def test_it_is_what_the_clocks_show_on_days_on_which_they_are_not_changed(
    begin: int, end: int, zone: str, arrivals: list[int], fraction_ns: int
) -> None:
    if begin == end:
        end = 24 * 3600 if begin else 1
    session = DailySession(begin, end, zone)
    expected, kept = [], []
    for arrival in arrivals:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=arrival)
        local = moment.astimezone(ZoneInfo(zone))
        around = {(local + timedelta(days=days)).utcoffset() for days in (-2, -1, 0, 1, 2)}
        if len(around) > 1:
            continue
        second = (local.hour * 60 + local.minute) * 60 + local.second
        is_in = begin <= second < end if begin < end else second >= begin or second < end
        expected.append(is_in)
        kept.append(arrival * SECOND_NS + fraction_ns)
    outside = session.is_outside(np.array(kept, np.int64))

    assert expected == ([True] * len(kept) if outside is None else (~outside).tolist())


def test_summer_time_moves_it() -> None:
    session = DailySession.parse("09:30-16:00", NEW_YORK, "--session")
    winter = ["2025-03-07 14:29:59", "2025-03-07 14:30:00", "2025-03-07 20:59:59"]
    summer = ["2025-03-10 13:29:59", "2025-03-10 13:30:00", "2025-03-10 19:59:59"]

    assert [False, True, True] * 2 == inside(session, *winter, *summer)
    assert [False, False] == inside(session, "2025-03-07 21:00:00", "2025-03-10 20:00:00")


def test_of_a_time_that_is_skipped_it_is_the_change_of_the_clocks() -> None:
    begins = DailySession.parse(f"02:30-04:00 {NEW_YORK}", "", "--session")
    ends = DailySession.parse(f"01:00-02:30 {NEW_YORK}", "", "--session")
    around = ("2025-03-09 06:59:59", "2025-03-09 07:00:00", "2025-03-09 07:59:59")

    assert [False, True, True] == inside(begins, *around)
    assert [True, False, False] == inside(ends, *around)


def test_of_a_time_that_comes_twice_it_begins_with_the_first_and_ends_with_the_last() -> None:
    begins = DailySession.parse(f"01:30-03:00 {NEW_YORK}", "", "--session")
    ends = DailySession.parse(f"00:00-01:30 {NEW_YORK}", "", "--session")
    around = ("2025-11-02 05:29:59", "2025-11-02 05:30:00", "2025-11-02 06:15:00")

    assert [False, True, True] == inside(begins, *around)
    assert [True, True, True, False] == inside(ends, *around, "2025-11-02 06:30:00")


def test_it_may_go_over_midnight_and_around_the_clock() -> None:
    night = DailySession.parse("18:00-02:00", "", "--session")
    times = ("2025-10-02 01:59:59", "2025-10-02 02:00:00", "2025-10-02 18:00:00")

    assert [True, False, True] == inside(night, *times)
    assert [True] * 3 == inside(DailySession.parse("00:00-24:00", "", "--session"), *times)


@pytest.mark.parametrize("edge_ns", [-(2**63), 2**63 - 1])
def test_the_ends_of_time_are_like_any_other_day(edge_ns: int) -> None:
    for session in (DailySession(0, 24 * 3600), DailySession(1, 1 + 3600, NEW_YORK)):
        session.is_outside(np.array([edge_ns], np.int64))


def test_what_it_is_is_written_as_it_was_asked_for() -> None:
    for text in ("09:30-16:00 America/New_York", "18:00:30-24:00 UTC"):
        assert text == str(DailySession.parse(text, "Asia/Tokyo", "--session"))
    assert "09:30-16:00 Asia/Tokyo" == str(DailySession.parse("09:30-16:00", "Asia/Tokyo", "-"))


@pytest.mark.parametrize(
    "text",
    ["", "09:30", "9:30-16:00", "09:30-24:01", "25:00-26:00", "10:00-10:00", "09:30-16:00 Nowhere"],
)
def test_what_is_no_session_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        DailySession.parse(text, "", "--session")
    assert "Z203" == error.value.code
