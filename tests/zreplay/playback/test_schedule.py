"""What is due when: paused, stepping, blocked, starved, behind a gap; exact, whatever is said."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zreplay.example_quotes import make_block
from zreplay.playback.playhead import Playhead
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.playback.schedule import MIN_SEND_INTERVAL_NS, STALL_NS, Schedule
from zreplay.quotes.source import Piece

MS_NS = 1_000_000
SECOND_NS = 1_000_000_000
RATES = (Fraction(1), Fraction(1, 3), Fraction(60), Fraction("0.7"))


class Rows:
    """A source whose rows come when a test says so."""

    def __init__(self, *arrivals_ns: int) -> None:
        self.waiting = list(arrivals_ns)
        self.is_ended = False

    def poll(self) -> Piece | None:
        if not self.waiting:
            return None
        block, self.waiting = make_block(tuple(self.waiting)), []
        return Piece(block, lambda rows: b"")

    def close(self) -> None:
        pass


class Play:
    """A schedule with a head, played by hand; `now_ns` passes when a test says so."""

    def __init__(
        self,
        *arrivals_ns: int,
        rate: Fraction | None = Fraction(1),
        is_stretched: bool = True,
        max_gap_ns: int | None = None,
    ) -> None:
        self.rows = Rows(*arrivals_ns)
        self.head = Playhead(self.rows)
        self.schedule = Schedule(rate, is_stretched=is_stretched, max_gap_ns=max_gap_ns)
        self.now_ns = 5 * SECOND_NS
        self.left: list[tuple[int, int]] = []

    def turn(self, *, has_room: bool = True, most: int = 1_000_000) -> None:
        """Do what the player does once."""
        if self.schedule.is_held:
            return
        if not self.head.fill():
            self.schedule.starved(self.now_ns)
            return
        count = self.schedule.due_count(self.head, self.now_ns)
        if not count:
            return
        if not has_room:
            self.schedule.blocked(self.now_ns, is_window_full=True)
            return
        if self.schedule.unblocked(self.head, self.now_ns):
            count = self.schedule.due_count(self.head, self.now_ns)
        count = min(count, most)
        cut, _ = self.head.peek(count)
        self.left += [(int(arrival), self.now_ns) for arrival in cut.arrivals_ns]
        self.schedule.sent(cut.arrivals_ns, self.now_ns, 0)
        self.head.advance(count)

    def until(self, end_ns: int) -> None:
        """Send until nothing is due, and wake when something is."""
        while self.now_ns < end_ns:
            before = len(self.left)
            self.turn()
            if len(self.left) > before:
                continue
            wake_ns = self.schedule.due_ns(self.head)
            self.now_ns = min(end_ns, max(wake_ns, self.now_ns + 1))


class Exact:
    """The present by definition, in fractions: it advances while the clock runs."""

    def __init__(self, rate: Fraction) -> None:
        self.rate, self.is_paused, self.present, self.now_ns = rate, False, Fraction(0), 0

    def pass_to(self, now_ns: int) -> Fraction:
        if not self.is_paused:
            self.present += (now_ns - self.now_ns) * self.rate
        self.now_ns = now_ns
        return self.present


controls = st.tuples(
    st.integers(1, 10 * SECOND_NS),
    st.one_of(
        st.just(("pause", 0)),
        st.just(("resume", 0)),
        st.tuples(st.just("rate"), st.sampled_from(RATES)),
        st.tuples(st.just("seek"), st.integers(0, 10**15)),
    ),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(controls, min_size=1_000, max_size=1_000))
def test_over_a_thousand_controls_the_present_stays_that_of_an_exact_clock(
    said: list[tuple[int, tuple[str, Fraction | int]]],
) -> None:
    play, exact = Play(FOREVER_NS - 1), Exact(Fraction(1))
    schedule, clock = play.schedule, play.schedule.clock
    clock.jump(0, 0)
    since_seek = 0
    for passed_ns, (verb, value) in said:
        play.now_ns = exact.now_ns + passed_ns
        exact.pass_to(play.now_ns)
        since_seek += 1
        match verb, value:
            case "pause", _:
                schedule.pause(play.now_ns)
                exact.is_paused = True
            case "resume", _:
                schedule.resume(play.now_ns)
                exact.is_paused = False
            case "rate", Fraction():
                schedule.set_rate(value, play.now_ns)
                exact.rate = value
            case "seek", int():
                schedule.resume(play.now_ns)
                schedule.seek(value)
                play.turn()
                exact.is_paused, exact.present, since_seek = False, Fraction(value), 0
        # Each anchor is cut to a whole nanosecond; nothing else is ever lost.
        assert 0 <= exact.pass_to(play.now_ns) - clock.replay_now_ns(play.now_ns) <= since_seek


def test_a_quote_leaves_at_its_due_time_at_every_rate() -> None:
    play = Play(0, 30 * MS_NS, 60 * MS_NS, rate=Fraction(3))
    start_ns = play.now_ns
    play.until(start_ns + SECOND_NS)

    assert [(0, start_ns), (30 * MS_NS, start_ns + 10 * MS_NS)] == play.left[:2]
    assert (3, 0) == (play.schedule.lateness.count, play.schedule.lateness.over_1ms)
    assert pytest.approx(3.0) == play.schedule.counters.achieved_speed


def test_after_a_long_wait_the_clock_goes_on_from_the_quote_that_waited() -> None:
    play = Play(*(number * 10 * MS_NS for number in range(100)))
    play.turn(has_room=False)
    play.now_ns += 5 * SECOND_NS
    play.turn()

    assert [(0, play.now_ns)] == play.left
    counters = play.schedule.counters
    assert (5 * SECOND_NS, 5 * SECOND_NS, 0) == (
        counters.window_blocked_ns,
        counters.stretched_ns,
        counters.caught_up,
    )


def test_where_lag_is_to_be_caught_up_the_clock_runs_on() -> None:
    play = Play(*(number * 10 * MS_NS for number in range(100)), is_stretched=False)
    play.turn(has_room=False)
    play.now_ns += 500 * MS_NS
    play.turn()

    assert 51 == len(play.left)
    assert (0, 1) == (play.schedule.counters.stretched_ns, play.schedule.counters.caught_up)
    assert 500 * MS_NS == play.schedule.lateness.max_ns


def test_a_short_wait_is_caught_up_with_and_moves_no_clock() -> None:
    play = Play(*(number * 10 * MS_NS for number in range(100)))
    play.turn()
    play.now_ns += 10 * MS_NS
    play.turn(has_room=False)
    play.now_ns += STALL_NS
    play.turn()

    assert 12 == len(play.left)
    assert (0, 0) == (play.schedule.counters.stretched_ns, play.schedule.counters.caught_up)


def test_the_clock_begins_with_the_first_quote_however_short_that_waited() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn(has_room=False)
    play.now_ns += 30 * MS_NS
    first_ns = play.now_ns
    play.until(first_ns + 20 * MS_NS)

    assert [(0, first_ns), (10 * MS_NS, first_ns + 10 * MS_NS)] == play.left
    assert 30 * MS_NS == play.schedule.counters.stretched_ns


def test_so_it_does_where_a_seek_went() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn()
    play.schedule.seek(4 * MS_NS)
    play.now_ns += SECOND_NS
    sought_ns = play.now_ns
    play.turn()
    play.now_ns += 6 * MS_NS
    play.turn(has_room=False)
    play.now_ns += MS_NS
    play.turn()

    assert [(0, sought_ns - SECOND_NS), (10 * MS_NS, sought_ns + 7 * MS_NS)] == play.left
    assert MS_NS == play.schedule.counters.stretched_ns


@pytest.mark.parametrize("rate", [Fraction(1), Fraction(1, 3), Fraction(7)])
def test_after_a_freeze_a_clock_that_is_stretched_lets_no_burst_out(rate: Fraction) -> None:
    play = Play(*(number * 10 * MS_NS for number in range(1_000)), rate=rate)
    play.until(play.now_ns + 50 * MS_NS)
    due_ns = play.schedule.due_ns(play.head)
    play.now_ns += 3 * SECOND_NS
    thawed_ns, before = play.now_ns, len(play.left)
    play.until(thawed_ns + 100 * MS_NS)
    gaps = np.diff([left_ns for _, left_ns in play.left[before:]])

    assert thawed_ns == play.left[before][1]
    assert (gaps >= int(10 * MS_NS / rate)).all()
    counters = play.schedule.counters
    assert {thawed_ns - due_ns} == {counters.frozen_ns, counters.stretched_ns}
    assert (0, 0, 0) == (counters.blocked_ns, counters.starved_ns, counters.caught_up)


def test_where_lag_is_to_be_caught_up_a_freeze_is_counted_and_the_clock_runs_on() -> None:
    play = Play(*(number * 10 * MS_NS for number in range(1_000)), is_stretched=False)
    play.turn()
    play.now_ns += SECOND_NS
    play.turn()
    counters = play.schedule.counters

    assert 101 == len(play.left)
    assert (990 * MS_NS, 0, 1) == (counters.frozen_ns, counters.stretched_ns, counters.caught_up)


def test_who_is_too_slow_is_not_frozen_and_lets_no_burst_out_either() -> None:
    """Each quote takes half as long again as the recording has time for."""
    play = Play(*(number * 10 * MS_NS for number in range(200)))
    for _ in range(200):
        play.turn(most=1)
        play.now_ns += 15 * MS_NS
    counters = play.schedule.counters

    assert 200 == len(play.left)
    assert (0, 0) == (counters.frozen_ns, counters.caught_up)
    assert 90 * MS_NS < play.schedule.lateness.max_ns <= STALL_NS
    assert 8 * STALL_NS < counters.stretched_ns < 10 * STALL_NS


def test_a_clock_that_is_stretched_is_not_moved_by_what_is_hardly_late() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn()
    play.now_ns += 10 * MS_NS + STALL_NS
    play.turn()

    assert (0, 0) == (play.schedule.counters.stretched_ns, play.schedule.counters.frozen_ns)
    assert STALL_NS == play.schedule.lateness.max_ns


def test_to_wake_up_a_little_late_for_the_first_quote_behind_a_seek_moves_no_clock() -> None:
    play = Play(0, 10 * MS_NS)
    play.schedule.seek(-5 * MS_NS)
    play.turn()
    play.now_ns += 6 * MS_NS
    play.turn()

    assert [(0, play.now_ns)] == play.left
    assert (0, MS_NS) == (play.schedule.counters.stretched_ns, play.schedule.lateness.max_ns)


@pytest.mark.parametrize("is_stretched", [True, False])
@pytest.mark.parametrize("said", ["paused", "starved", "blocked", "behind a gap", "sought", "max"])
def test_what_was_waited_for_is_no_freeze(said: str, is_stretched: bool) -> None:
    play = Play(0, 10 * MS_NS, 20 * MS_NS, 30 * SECOND_NS, is_stretched=is_stretched)
    play.turn()
    match said:
        case "paused":
            play.schedule.pause(play.now_ns)
            play.now_ns += 5 * SECOND_NS
            play.schedule.resume(play.now_ns)
        case "starved":
            play.until(play.now_ns + 20 * MS_NS)
            play.head.advance(2)
            play.turn()
            play.now_ns += 60 * SECOND_NS
            play.rows.waiting = [31 * SECOND_NS]
        case "blocked":
            play.now_ns += 10 * MS_NS
            play.turn(has_room=False)
            play.now_ns += 5 * SECOND_NS
        case "behind a gap":
            play.until(play.now_ns + 29 * SECOND_NS)
        case "sought":
            play.schedule.seek(5 * MS_NS)
            play.now_ns += 5 * SECOND_NS
        case "max":
            play.schedule.set_rate(None, play.now_ns)
            play.now_ns += 5 * SECOND_NS
    play.turn()

    assert 0 == play.schedule.counters.frozen_ns


def test_where_lag_is_to_be_caught_up_it_begins_when_the_first_quote_was_due() -> None:
    play = Play(0, 10 * MS_NS, is_stretched=False)
    due_ns = play.now_ns
    play.turn(has_room=False)
    play.now_ns += 30 * MS_NS
    play.turn()

    assert [(0, due_ns + 30 * MS_NS), (10 * MS_NS, due_ns + 30 * MS_NS)] == play.left
    assert (0, 0) == (play.schedule.counters.stretched_ns, play.schedule.counters.caught_up)


def test_a_pause_in_a_wait_is_no_waiting() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn(has_room=False)
    play.now_ns += 30 * MS_NS
    play.schedule.pause(play.now_ns)
    play.now_ns += SECOND_NS
    play.schedule.resume(play.now_ns)
    play.now_ns += 40 * MS_NS
    play.turn()

    assert 70 * MS_NS == play.schedule.counters.blocked_ns


def test_only_what_was_due_and_not_there_is_starving() -> None:
    play = Play(0)
    play.turn()
    play.now_ns += 10 * MS_NS
    play.turn()
    play.rows.waiting = [30 * MS_NS, 31 * MS_NS]
    play.now_ns += 50 * MS_NS
    play.turn()

    assert [0, 30 * MS_NS, 31 * MS_NS] == [arrival for arrival, _ in play.left]
    assert 30 * MS_NS == play.schedule.counters.starved_ns


def test_at_full_speed_every_wait_for_the_source_is_starving() -> None:
    play = Play(0, rate=None)
    play.turn()
    play.turn()
    play.now_ns += 7 * MS_NS
    play.rows.waiting = [SECOND_NS]
    play.turn()

    assert 7 * MS_NS == play.schedule.counters.starved_ns


def test_the_reading_before_the_first_quote_and_after_a_seek_is_no_starving() -> None:
    play = Play()
    for _ in range(2):
        play.turn()
        play.now_ns += SECOND_NS
        play.rows.waiting = [0]
        play.turn()
        play.schedule.seek(0)

    assert 0 == play.schedule.counters.starved_ns


def test_a_gap_is_cut_to_what_it_may_last_and_nothing_behind_it_is_moved() -> None:
    hour_ns = 3600 * SECOND_NS
    arrivals = (0, SECOND_NS, hour_ns, hour_ns + SECOND_NS)
    play = Play(*arrivals, rate=Fraction(2), max_gap_ns=3 * SECOND_NS)
    start_ns = play.now_ns
    play.until(start_ns + 10 * SECOND_NS)

    assert [0, 500 * MS_NS, 3500 * MS_NS, 4000 * MS_NS] == [
        left_ns - start_ns for _, left_ns in play.left
    ]
    assert (hour_ns - SECOND_NS) // 2 - 3 * SECOND_NS == play.schedule.counters.skipped_ns
    assert pytest.approx(2.0) == play.schedule.counters.achieved_speed


def test_a_gap_after_a_seek_is_cut_too() -> None:
    play = Play(3600 * SECOND_NS, max_gap_ns=SECOND_NS)
    play.schedule.seek(60 * SECOND_NS)
    start_ns = play.now_ns
    play.until(start_ns + 2 * SECOND_NS)

    assert [(3600 * SECOND_NS, start_ns + SECOND_NS)] == play.left


def test_a_step_sends_so_many_at_once_and_a_pause_forgets_the_rest() -> None:
    play = Play(0, SECOND_NS, 2 * SECOND_NS, 3 * SECOND_NS)
    play.schedule.pause(play.now_ns)
    play.turn()
    assert ([], FOREVER_NS) == (play.left, play.schedule.due_ns(play.head))

    play.schedule.step(2)
    assert play.schedule.due_ns(play.head) == FOREVER_NS or not play.left
    play.turn()
    assert [0, SECOND_NS] == [arrival for arrival, _ in play.left]
    assert (0, FOREVER_NS) == (play.schedule.lateness.count, play.schedule.due_ns(play.head))

    play.schedule.step(9)
    play.schedule.pause(play.now_ns)
    play.turn()
    assert 2 == len(play.left)

    resumed_ns = play.now_ns
    play.schedule.resume(resumed_ns)
    play.until(resumed_ns + 3 * SECOND_NS)
    assert [(2 * SECOND_NS, resumed_ns + SECOND_NS)] == play.left[2:3]


def test_batches_leave_no_closer_than_their_least_interval() -> None:
    play = Play(0, 100, 200, 300)
    play.turn()
    first_ns = play.now_ns
    play.now_ns += 1000
    play.turn()
    assert 1 == len(play.left)
    assert first_ns + MIN_SEND_INTERVAL_NS == play.schedule.due_ns(play.head)


def test_the_present_is_never_ahead_of_the_quote_that_is_next() -> None:
    play = Play(10 * SECOND_NS, 20 * SECOND_NS)
    assert None is play.schedule.present_ns(None, play.now_ns)
    play.head.fill()
    assert 10 * SECOND_NS == play.schedule.present_ns(play.head, play.now_ns)
    play.turn()
    assert 13 * SECOND_NS == play.schedule.present_ns(play.head, play.now_ns + 3 * SECOND_NS)
    assert 20 * SECOND_NS == play.schedule.present_ns(play.head, play.now_ns + 90 * SECOND_NS)


def test_at_the_end_the_present_stays_at_the_last_quote() -> None:
    play = Play(10 * SECOND_NS)
    play.turn()
    play.rows.is_ended = True

    assert 10 * SECOND_NS == play.schedule.present_ns(play.head, play.now_ns + 90 * SECOND_NS)


def test_live_quotes_are_due_at_once_and_leave_the_place_in_the_files() -> None:
    play = Play(10 * SECOND_NS)
    play.schedule.is_historical = False
    play.turn()

    assert (1, 10 * SECOND_NS) == (len(play.left), play.schedule.last_arrival_ns)
    assert None is play.schedule.present_ns(None, play.now_ns)


def test_each_mode_stands_at_its_own_last_quote() -> None:
    play = Play(10 * SECOND_NS)
    play.turn()
    play.schedule.is_historical = False
    stands = [play.schedule.last_arrival_ns]
    play.schedule.sent(np.array([90 * SECOND_NS]), play.now_ns, 0)
    stands.append(play.schedule.last_arrival_ns)
    play.schedule.is_historical = True

    assert [None, 90 * SECOND_NS] == stands
    assert 10 * SECOND_NS == play.schedule.last_arrival_ns
