"""ReplayClock: one anchor, exact fractions, no drift."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.playback.replay_clock import FOREVER_NS, ReplayClock

SECOND_NS = 1_000_000_000
START_NS = 1_735_689_600 * SECOND_NS
RATES = (Fraction(1), Fraction(1, 3), Fraction(7, 10), Fraction(60), Fraction("0.000001"))

rates = st.sampled_from(RATES)
instants_ns = st.integers(0, 10**15)


def started(rate: Fraction | None, now_ns: int = 0) -> ReplayClock:
    clock = ReplayClock(rate)
    clock.jump(START_NS, now_ns)
    return clock


class ExactClock:
    """The same rules in exact arithmetic: nothing is ever rounded."""

    def __init__(self, rate: Fraction) -> None:
        self.rate, self.is_paused = rate, False
        self._replay, self._now = Fraction(START_NS), 0

    def at(self, now_ns: int) -> Fraction:
        if not self.is_paused:
            self._replay += (now_ns - self._now) * self.rate
        self._now = now_ns
        return self._replay


def test_a_thousand_random_pauses_resumes_and_rate_changes_leave_no_drift() -> None:
    choices = random.Random(20251002)
    now_ns, changes = 0, 1_000
    clock, exact = started(RATES[0]), ExactClock(RATES[0])
    for _ in range(changes):
        now_ns += choices.randrange(1, 10 * SECOND_NS)
        exact.at(now_ns)
        match choices.choice(("pause", "resume", "rate")):
            case "pause":
                clock.pause(now_ns)
                exact.is_paused = True
            case "resume":
                clock.resume(now_ns)
                exact.is_paused = False
            case "rate":
                exact.rate = choices.choice(RATES)
                clock.set_rate(exact.rate, now_ns)
        # Each anchor is cut to a whole nanosecond; nothing else is ever lost.
        assert 0 <= exact.at(now_ns) - clock.replay_now_ns(now_ns) <= changes


@given(rates, instants_ns)
def test_a_long_stretch_without_a_change_is_exact_to_the_nanosecond(
    rate: Fraction, passed_ns: int
) -> None:
    clock = started(rate)

    assert START_NS + int(passed_ns * rate) == clock.replay_now_ns(passed_ns)


@given(rates, rates, instants_ns)
def test_a_rate_change_does_not_move_the_present(
    rate: Fraction, new_rate: Fraction, now_ns: int
) -> None:
    clock = started(rate)
    before = clock.replay_now_ns(now_ns)

    clock.set_rate(new_rate, now_ns)

    assert before == clock.replay_now_ns(now_ns)


def test_a_rate_change_while_paused_does_not_move_the_present() -> None:
    clock = started(Fraction(1))
    clock.pause(5 * SECOND_NS)
    clock.set_rate(Fraction(10), 7 * SECOND_NS)
    clock.resume(9 * SECOND_NS)

    assert START_NS + 15 * SECOND_NS == clock.replay_now_ns(10 * SECOND_NS)


@given(rates, instants_ns, instants_ns)
def test_pause_stops_the_clock_and_resume_goes_on_from_there(
    rate: Fraction, now_ns: int, paused_ns: int
) -> None:
    clock = started(rate)
    clock.pause(now_ns)
    stopped = clock.replay_now_ns(now_ns)

    assert stopped == clock.replay_now_ns(now_ns + paused_ns)
    assert clock.due_ns(stopped) == FOREVER_NS

    clock.resume(now_ns + paused_ns)

    assert stopped == clock.replay_now_ns(now_ns + paused_ns)


def test_pausing_or_resuming_twice_changes_nothing() -> None:
    clock = started(Fraction(1))
    clock.pause(SECOND_NS)
    clock.pause(3 * SECOND_NS)
    assert START_NS + SECOND_NS == clock.replay_now_ns(4 * SECOND_NS)

    clock.resume(4 * SECOND_NS)
    clock.resume(6 * SECOND_NS)
    assert START_NS + 4 * SECOND_NS == clock.replay_now_ns(7 * SECOND_NS)


@given(rates, instants_ns, instants_ns)
def test_a_quote_is_due_at_the_first_instant_at_which_it_has_arrived(
    rate: Fraction, anchor_ns: int, ahead_ns: int
) -> None:
    clock = started(rate, anchor_ns)
    due_ns = clock.due_ns(START_NS + ahead_ns)

    assert clock.replay_now_ns(due_ns) >= START_NS + ahead_ns
    assert ahead_ns == 0 or clock.replay_now_ns(due_ns - 1) < START_NS + ahead_ns


def test_an_unpaced_clock_has_everything_due_at_once() -> None:
    clock = started(None, 5)

    assert FOREVER_NS == clock.replay_now_ns(5)
    assert clock.due_ns(START_NS + SECOND_NS) == 5


def test_going_to_unpaced_and_back_lets_the_next_quote_set_the_anchor() -> None:
    clock = started(Fraction(1))
    clock.set_rate(None, SECOND_NS)
    assert clock.is_anchored

    clock.set_rate(Fraction(2), 2 * SECOND_NS)
    assert not clock.is_anchored

    clock.jump(START_NS, 3 * SECOND_NS)
    assert START_NS + 2 * SECOND_NS == clock.replay_now_ns(4 * SECOND_NS)


def test_lateness_counts_from_the_due_time() -> None:
    clock = started(Fraction(2), 100)
    arrivals = np.array([START_NS, START_NS + 40, START_NS + 400])

    assert [50.0, 30.0, -150.0] == clock.lateness_ns(arrivals, 150).tolist()
    assert [50.0, 30.0, -150.0] == clock.lateness_ns(arrivals.tolist(), 150)


@pytest.mark.parametrize("rate", [Fraction(0), Fraction(-1)])
def test_a_rate_of_zero_or_less_is_refused_and_changes_nothing(rate: Fraction) -> None:
    clock = started(Fraction(1))

    with pytest.raises(ValueError, match="expected more than 0"):
        clock.set_rate(rate, SECOND_NS)
    assert START_NS + 2 * SECOND_NS == clock.replay_now_ns(2 * SECOND_NS)


def test_a_clock_without_an_anchor_says_so() -> None:
    clock = started(Fraction(1))
    clock.forget()

    with pytest.raises(ValueError, match="no anchor"):
        clock.replay_now_ns(0)
    with pytest.raises(ValueError, match="no anchor"):
        clock.due_ns(START_NS)


@pytest.mark.parametrize("first_ns", [1_000, 1_007])
def test_clocks_with_one_schedule_agree_whatever_comes_first_and_when(first_ns: int) -> None:
    clock = ReplayClock(Fraction(2))
    clock.schedule(50, 1_000)
    assert None is clock.behind_ns(60)
    clock.jump(first_ns, 53)

    assert (1_000, 1_020, 0) == (
        clock.replay_now_ns(50),
        clock.replay_now_ns(60),
        clock.behind_ns(60),
    )


def test_without_an_instant_of_the_recording_its_first_quote_is_that() -> None:
    clock = ReplayClock(Fraction(1))
    clock.schedule(50, None)
    clock.jump(1_007, 53)

    assert (1_007, 0) == (clock.replay_now_ns(50), clock.behind_ns(70))


def test_a_clock_that_had_to_wait_says_how_far_it_is_behind() -> None:
    clock = ReplayClock(Fraction(2))
    clock.schedule(50, 1_000)
    clock.jump(1_000, 50)
    clock.jump(1_100, 130)  # which was due at 100

    assert 30 == clock.behind_ns(200)


@pytest.mark.parametrize(
    "move",
    [
        lambda clock: clock.pause(60),
        lambda clock: clock.set_rate(Fraction(3), 60),
        lambda clock: clock.unschedule(),
    ],
)
@pytest.mark.parametrize("is_begun", [True, False])
def test_what_an_operator_does_ends_the_schedule(move: Any, is_begun: bool) -> None:
    clock = ReplayClock(Fraction(1))
    clock.schedule(50, 1_000)
    if is_begun:
        clock.jump(1_000, 50)
    move(clock)
    clock.resume(70)
    clock.jump(2_000, 80)

    assert (None, 2_000) == (clock.behind_ns(90), clock.replay_now_ns(80))


def test_an_unpaced_clock_is_behind_nothing() -> None:
    clock = ReplayClock(None)
    clock.schedule(50, 1_000)
    clock.jump(1_000, 50)

    assert None is clock.behind_ns(60)
