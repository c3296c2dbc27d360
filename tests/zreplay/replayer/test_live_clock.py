"""A program that receives live ends by its clocks, and says what became of them."""

from pathlib import Path

import pytest

from zreplay.live.clock_watch import ClocksRead
from zreplay.live.live_end import LiveEnd
from zreplay.replayer.live_clock import LiveClock, read_clocks
from zreplay.replayer.live_start import LiveStart

SECOND_NS = 10**9
HOUR_NS = 3_600 * SECOND_NS
START = ClocksRead(1_759_446_600 * SECOND_NS, 100 * SECOND_NS, 100 * SECOND_NS)


def at(seconds: int, *, set_by_ns: int = 0, suspended_ns: int = 0) -> ClocksRead:
    passed_ns = seconds * SECOND_NS
    return ClocksRead(
        START.wall_ns + passed_ns + set_by_ns + suspended_ns,
        START.monotonic_ns + passed_ns,
        START.boot_ns + passed_ns + suspended_ns,
    )


def test_a_duration_is_not_changed_by_a_clock_that_is_set_and_counts_a_suspension() -> None:
    clock = LiveClock(LiveEnd(duration_ns=10 * SECOND_NS), START)
    looks = [clock.look(at(n, set_by_ns=HOUR_NS if n > 3 else 0)) for n in range(1, 11)]
    assert [False] * 9 + [True] == looks

    clock = LiveClock(LiveEnd(duration_ns=10 * SECOND_NS), START)
    assert [False, True] == [
        clock.look(at(1)),
        clock.look(at(2, suspended_ns=HOUR_NS)),
    ]


def test_a_duration_goes_on_after_a_kill_and_begins_anew_after_an_end(tmp_path: Path) -> None:
    end, start = LiveEnd(duration_ns=10 * SECOND_NS), LiveStart(tmp_path / "live_start")
    killed = LiveClock(end, START, start)
    assert not killed.look(at(3))
    went_on = LiveClock(end, at(5), start)
    assert [False, True] == [went_on.look(at(9)), went_on.look(at(10))]
    went_on.end_well()
    anew = LiveClock(end, at(20), start)
    assert [False, True] == [anew.look(at(29)), anew.look(at(30))]


def test_an_end_without_a_duration_leaves_no_trace(tmp_path: Path) -> None:
    LiveClock(LiveEnd(until_ns=5), START, LiveStart(tmp_path / "live_start"))
    assert [] == [*tmp_path.iterdir()]


def test_an_instant_is_of_the_clock_on_the_wall() -> None:
    until_ns = START.wall_ns + 10 * SECOND_NS
    clock = LiveClock(LiveEnd(until_ns=until_ns), START)

    assert [False, False, True] == [
        clock.look(at(5, set_by_ns=-HOUR_NS)),
        clock.look(at(10, set_by_ns=-HOUR_NS)),
        clock.look(at(11)),
    ]


def test_what_became_of_the_clocks_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = LiveClock(LiveEnd(), START)
    for now in (
        at(1),
        at(2, set_by_ns=-HOUR_NS),
        at(3, set_by_ns=-HOUR_NS, suspended_ns=HOUR_NS),
        at(4, set_by_ns=-HOUR_NS, suspended_ns=HOUR_NS),
    ):
        assert not clock.look(now)

    assert ["the clock was set", "the machine was suspended"] == [
        record.getMessage() for record in caplog.records
    ]


def test_it_is_looked_at_once_a_second_and_has_ended_for_good() -> None:
    clock = LiveClock(LiveEnd(duration_ns=0), read_clocks())

    assert [True, True] == [clock.has_ended(0), clock.has_ended(1)]
    clock = LiveClock(LiveEnd(), read_clocks())
    assert [False, False] == [clock.has_ended(0), clock.has_ended(1)]
