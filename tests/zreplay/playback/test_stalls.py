"""Each stall is counted once, for as long as it lasted, and a pause in it is none of it."""

import pytest

from zreplay.playback.playback_counters import PlaybackCounters
from zreplay.playback.stalls import STALL_NS, Stalls

SECOND_NS = 1_000_000_000


@pytest.fixture
def counters() -> PlaybackCounters:
    return PlaybackCounters()


@pytest.mark.parametrize("is_window_full", [True, False])
def test_a_block_lasts_from_its_first_word_to_its_end_and_counts_for_its_first_cause(
    counters: PlaybackCounters, is_window_full: bool
) -> None:
    stalls = Stalls(counters)
    stalls.blocked(10, is_window_full=is_window_full)
    stalls.blocked(20, is_window_full=not is_window_full)
    assert stalls.is_blocked
    assert 20 == stalls.blocked_ns(30)

    assert [30, 0] == [stalls.unblocked(40), stalls.unblocked(90)]
    assert 0 == stalls.blocked_ns(90)
    assert (30, 0) == (counters.blocked_ns, counters.starved_ns)
    assert (30 if is_window_full else 0) == counters.window_blocked_ns


def test_a_row_that_came_late_was_missing_from_when_it_was_due(counters: PlaybackCounters) -> None:
    stalls = Stalls(counters)
    missing = []
    for due_ns in (0, 30, 90):
        stalls.starved(10)
        stalls.starved(20)
        assert stalls.is_starved
        missing.append(stalls.fed(50, due_ns))

    assert [40, 20, 0] == missing
    assert (60, False) == (counters.starved_ns, stalls.is_starved)


def test_a_pause_is_neither_blocked_nor_starved(counters: PlaybackCounters) -> None:
    stalls = Stalls(counters)
    stalls.blocked(10, is_window_full=True)
    stalls.starved(10)
    stalls.paused(20)
    stalls.resumed(1_020)

    assert (40, 40) == (stalls.unblocked(1_050), stalls.fed(1_050, 0))


def test_who_was_not_asked_for_long_was_frozen_from_when_something_was_due(
    counters: PlaybackCounters,
) -> None:
    stalls = Stalls(counters)
    stalls.asked(0, 0)
    frozen = [
        stalls.asked(STALL_NS, 0),
        stalls.asked(SECOND_NS, SECOND_NS - STALL_NS),
        stalls.asked(3 * SECOND_NS, 2 * SECOND_NS),
        stalls.asked(5 * SECOND_NS, 0),
    ]

    assert [0, 0, SECOND_NS, 2 * SECOND_NS] == frozen
    assert 3 * SECOND_NS == counters.frozen_ns


def test_what_is_blocked_is_not_frozen_too(counters: PlaybackCounters) -> None:
    stalls = Stalls(counters)
    stalls.blocked(0, is_window_full=False)

    assert (0, 0) == (stalls.asked(SECOND_NS, 0), counters.frozen_ns)


def test_elsewhere_nothing_is_waited_for_any_more(counters: PlaybackCounters) -> None:
    stalls = Stalls(counters)
    stalls.blocked(10, is_window_full=True)
    stalls.starved(10)
    stalls.forget()

    assert (False, False, 0) == (stalls.is_blocked, stalls.is_starved, stalls.unblocked(90))
