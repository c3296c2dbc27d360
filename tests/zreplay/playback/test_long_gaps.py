"""A gap is cut once, to what it may last, from the last quote or from where the clock was set."""

from fractions import Fraction

import pytest

from zreplay.playback.long_gaps import LongGaps
from zreplay.playback.replay_clock import ReplayClock


def clock_at(replay_ns: int, now_ns: int, rate: Fraction = Fraction(1)) -> ReplayClock:
    clock = ReplayClock(rate)
    clock.jump(replay_ns, now_ns)
    return clock


@pytest.mark.parametrize(
    ("last_ns", "due_ns"), [(None, 1_000 + 50), (10, 1_000 + 10 + 50)], ids=["anchor", "quote"]
)
def test_the_next_quote_is_due_so_long_after_the_last_at_most(
    last_ns: int | None, due_ns: int
) -> None:
    clock, gaps = clock_at(0, 1_000), LongGaps(50)

    skipped_ns = gaps.cut(clock, 500, last_ns)

    assert (1_500 - due_ns, due_ns) == (skipped_ns, clock.due_ns(500))


def test_a_gap_is_measured_on_the_wall() -> None:
    clock, gaps = clock_at(0, 0, Fraction(10)), LongGaps(50)

    assert 0 == gaps.cut(clock, 500, None)


def test_a_gap_is_cut_once_until_the_next_begins() -> None:
    clock, gaps = clock_at(0, 0), LongGaps(50)
    gaps.cut(clock, 500, None)

    assert 0 == gaps.cut(clock, 900, None)

    gaps.open()

    assert 350 == gaps.cut(clock, 900, 500)


def test_where_nothing_is_to_be_cut_a_gap_lasts() -> None:
    assert 0 == LongGaps(None).cut(clock_at(0, 0), 10**15, None)
