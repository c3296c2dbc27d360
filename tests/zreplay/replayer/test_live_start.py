"""How long ago a live run began, whatever was killed and whoever sets the clock."""

from pathlib import Path

import pytest

from zreplay.live.clock_watch import ClocksRead
from zreplay.replayer.live_start import LiveStart, boot_id

HOUR_NS = 3_600 * 10**9
BEGUN = ClocksRead(400 * HOUR_NS, 5 * HOUR_NS, 6 * HOUR_NS)


def later(hours: int, *, set_by: int = 0, suspended: int = 0) -> ClocksRead:
    """Return the clocks after some hours, of which the machine slept a part."""
    return ClocksRead(
        BEGUN.wall_ns + (hours + set_by) * HOUR_NS,
        BEGUN.monotonic_ns + (hours - suspended) * HOUR_NS,
        BEGUN.boot_ns + hours * HOUR_NS,
    )


@pytest.fixture
def start(tmp_path: Path) -> LiveStart:
    start = LiveStart(tmp_path / "live_start")
    assert 0 == start.elapsed_ns(BEGUN, "boot")
    return start


@pytest.mark.parametrize("set_by", [-1, 0, 1])
def test_while_the_machine_is_up_a_clock_that_is_set_changes_nothing(
    start: LiveStart, set_by: int
) -> None:
    assert 2 * HOUR_NS == start.elapsed_ns(later(2, set_by=set_by, suspended=1), "boot")


@pytest.mark.parametrize("another", ["another", ""])
def test_from_one_start_of_the_machine_to_the_next_the_wall_clock_counts(
    start: LiveStart, another: str
) -> None:
    restarted = ClocksRead(BEGUN.wall_ns + 3 * HOUR_NS, HOUR_NS, HOUR_NS)
    assert 3 * HOUR_NS == start.elapsed_ns(restarted, another)
    assert 0 == start.elapsed_ns(restarted._replace(wall_ns=0), another)


def test_one_that_ended_begins_anew(start: LiveStart) -> None:
    start.end()
    start.end()
    assert [0, HOUR_NS] == [start.elapsed_ns(later(hours), "boot") for hours in (4, 5)]


def test_what_cannot_be_read_begins_anew_and_what_cannot_be_written_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "live_start").write_bytes(b"{")
    start = LiveStart(tmp_path / "live_start")
    assert [0, HOUR_NS] == [start.elapsed_ns(later(hours), "boot") for hours in (1, 2)]
    assert [] == caplog.records

    nowhere = LiveStart(tmp_path / "nowhere" / "live_start")
    assert [0, 0] == [nowhere.elapsed_ns(later(hours), "boot") for hours in (1, 2)]
    assert {"a duration would count anew after a kill"} == {r.getMessage() for r in caplog.records}


def test_a_start_of_the_machine_has_one_name() -> None:
    assert boot_id() == boot_id()
