"""What is due when: paused, stepping, blocked, starved, behind a gap; exact, whatever is said."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.messages import HISTORICAL, LIVE, Mode
from tests.zreplay.example_quotes import make_block
from zreplay.playback.playback import Playback
from zreplay.playback.playhead import Playhead
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.playback.send_interval import DEFAULT_GRAIN_NS
from zreplay.playback.stalls import STALL_NS
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


class Play(Playback):
    """A playback of one mode, played by hand; `now_ns` passes when a test says so."""

    def __init__(
        self,
        *arrivals_ns: int,
        rate: Fraction | None = Fraction(1),
        is_stretched: bool = True,
        max_gap_ns: int | None = None,
        grain_ns: int = DEFAULT_GRAIN_NS,
        mode: Mode = HISTORICAL,
    ) -> None:
        super().__init__(
            rate,
            is_stretched=is_stretched,
            max_gap_ns=max_gap_ns,
            most_quotes=1_000_000,
            grain_ns=grain_ns,
        )
        self.rows = Rows(*arrivals_ns)
        self.head = Playhead(self.rows)
        self.play_from({mode: self.head}, mode)
        self.now_ns = 5 * SECOND_NS
        self.left: list[tuple[int, int]] = []

    def turn(self, *, has_room: bool = True, most: int = 1_000_000) -> bool:
        """Send what is due now; tell whether something was."""
        due = self.due(self.now_ns, lambda: most if has_room else 0, lambda: True)
        if due is None:
            return False
        self.left += [(int(arrival), self.now_ns) for arrival in due.batch.arrivals_ns]
        self.sent(due, self.now_ns, 0)
        return True

    def until(self, end_ns: int) -> None:
        """Send until nothing is due, and wake when something is."""
        while self.now_ns < end_ns:
            if not self.turn():
                self.now_ns = min(end_ns, max(self.due_ns(), self.now_ns + 1))


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
    clock = play.clock
    clock.jump(0, 0)
    since_seek = 0
    for passed_ns, (verb, value) in said:
        play.now_ns = exact.now_ns + passed_ns
        exact.pass_to(play.now_ns)
        since_seek += 1
        match verb, value:
            case "pause", _:
                play.pause(play.now_ns)
                exact.is_paused = True
            case "resume", _:
                play.resume(play.now_ns)
                exact.is_paused = False
            case "rate", Fraction():
                play.set_rate(value, play.now_ns)
                exact.rate = value
            case "seek", int():
                play.resume(play.now_ns)
                play.seek(value)
                play.turn()
                exact.is_paused, exact.present, since_seek = False, Fraction(value), 0
        # Each anchor is cut to a whole nanosecond; nothing else is ever lost.
        assert 0 <= exact.pass_to(play.now_ns) - clock.replay_now_ns(play.now_ns) <= since_seek


def test_a_quote_leaves_at_its_due_time_at_every_rate() -> None:
    play = Play(0, 30 * MS_NS, 60 * MS_NS, rate=Fraction(3))
    start_ns = play.now_ns
    play.until(start_ns + SECOND_NS)

    assert [(0, start_ns), (30 * MS_NS, start_ns + 10 * MS_NS)] == play.left[:2]
    assert (3, 0) == (play.lateness.count, play.lateness.over_1ms)
    assert pytest.approx(3.0) == play.counters.achieved_speed


def test_after_a_long_wait_the_clock_goes_on_from_the_quote_that_waited() -> None:
    play = Play(*(number * 10 * MS_NS for number in range(100)))
    play.turn(has_room=False)
    play.now_ns += 5 * SECOND_NS
    play.turn()

    assert [(0, play.now_ns)] == play.left
    counters = play.counters
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
    assert (0, 1) == (play.counters.stretched_ns, play.counters.caught_up)
    assert 500 * MS_NS == play.lateness.max_ns


def test_a_short_wait_is_caught_up_with_and_moves_no_clock() -> None:
    play = Play(*(number * 10 * MS_NS for number in range(100)))
    play.turn()
    play.now_ns += 10 * MS_NS
    play.turn(has_room=False)
    play.now_ns += STALL_NS
    play.turn()

    assert 12 == len(play.left)
    assert (0, 0) == (play.counters.stretched_ns, play.counters.caught_up)


def test_the_clock_begins_with_the_first_quote_however_short_that_waited() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn(has_room=False)
    play.now_ns += 30 * MS_NS
    first_ns = play.now_ns
    play.until(first_ns + 20 * MS_NS)

    assert [(0, first_ns), (10 * MS_NS, first_ns + 10 * MS_NS)] == play.left
    assert 30 * MS_NS == play.counters.stretched_ns


def test_so_it_does_where_a_seek_went() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn()
    play.seek(4 * MS_NS)
    play.now_ns += SECOND_NS
    sought_ns = play.now_ns
    play.turn()
    play.now_ns += 6 * MS_NS
    play.turn(has_room=False)
    play.now_ns += MS_NS
    play.turn()

    assert [(0, sought_ns - SECOND_NS), (10 * MS_NS, sought_ns + 7 * MS_NS)] == play.left
    assert MS_NS == play.counters.stretched_ns


@pytest.mark.parametrize("rate", [Fraction(1), Fraction(1, 3), Fraction(7)])
def test_after_a_freeze_a_clock_that_is_stretched_lets_no_burst_out(rate: Fraction) -> None:
    play = Play(*(number * 10 * MS_NS for number in range(1_000)), rate=rate)
    play.until(play.now_ns + 50 * MS_NS)
    due_ns = play.due_ns()
    play.now_ns += 3 * SECOND_NS
    thawed_ns, before = play.now_ns, len(play.left)
    play.until(thawed_ns + 100 * MS_NS)
    gaps = np.diff([left_ns for _, left_ns in play.left[before:]])

    assert thawed_ns == play.left[before][1]
    assert (gaps >= int(10 * MS_NS / rate)).all()
    counters = play.counters
    assert {thawed_ns - due_ns} == {counters.frozen_ns, counters.stretched_ns}
    assert (0, 0, 0) == (counters.blocked_ns, counters.starved_ns, counters.caught_up)


def test_where_lag_is_to_be_caught_up_a_freeze_is_counted_and_the_clock_runs_on() -> None:
    play = Play(*(number * 10 * MS_NS for number in range(1_000)), is_stretched=False)
    play.turn()
    play.now_ns += SECOND_NS
    play.turn()
    counters = play.counters

    assert 101 == len(play.left)
    assert (990 * MS_NS, 0, 1) == (counters.frozen_ns, counters.stretched_ns, counters.caught_up)


def test_who_is_too_slow_is_not_frozen_and_lets_no_burst_out_either() -> None:
    """Each quote takes half as long again as the recording has time for."""
    play = Play(*(number * 10 * MS_NS for number in range(200)))
    for _ in range(200):
        play.turn(most=1)
        play.now_ns += 15 * MS_NS
    counters = play.counters

    assert 200 == len(play.left)
    assert (0, 0) == (counters.frozen_ns, counters.caught_up)
    assert 90 * MS_NS < play.lateness.max_ns <= STALL_NS
    assert 8 * STALL_NS < counters.stretched_ns < 10 * STALL_NS


def test_a_clock_that_is_stretched_is_not_moved_by_what_is_hardly_late() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn()
    play.now_ns += 10 * MS_NS + STALL_NS
    play.turn()

    assert (0, 0) == (play.counters.stretched_ns, play.counters.frozen_ns)
    assert STALL_NS == play.lateness.max_ns


def test_to_wake_up_a_little_late_for_the_first_quote_behind_a_seek_moves_no_clock() -> None:
    play = Play(0, 10 * MS_NS)
    play.seek(-5 * MS_NS)
    play.turn()
    play.now_ns += 6 * MS_NS
    play.turn()

    assert [(0, play.now_ns)] == play.left
    assert (0, MS_NS) == (play.counters.stretched_ns, play.lateness.max_ns)


@pytest.mark.parametrize("is_stretched", [True, False])
@pytest.mark.parametrize("said", ["paused", "starved", "blocked", "behind a gap", "sought", "max"])
def test_what_was_waited_for_is_no_freeze(said: str, is_stretched: bool) -> None:
    play = Play(0, 10 * MS_NS, 20 * MS_NS, 30 * SECOND_NS, is_stretched=is_stretched)
    play.turn()
    match said:
        case "paused":
            play.pause(play.now_ns)
            play.now_ns += 5 * SECOND_NS
            play.resume(play.now_ns)
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
            play.seek(5 * MS_NS)
            play.now_ns += 5 * SECOND_NS
        case "max":
            play.set_rate(None, play.now_ns)
            play.now_ns += 5 * SECOND_NS
    play.turn()

    assert 0 == play.counters.frozen_ns


def test_where_lag_is_to_be_caught_up_it_begins_when_the_first_quote_was_due() -> None:
    play = Play(0, 10 * MS_NS, is_stretched=False)
    due_ns = play.now_ns
    play.turn(has_room=False)
    play.now_ns += 30 * MS_NS
    play.turn()

    assert [(0, due_ns + 30 * MS_NS), (10 * MS_NS, due_ns + 30 * MS_NS)] == play.left
    assert (0, 0) == (play.counters.stretched_ns, play.counters.caught_up)


def test_a_pause_in_a_wait_is_no_waiting() -> None:
    play = Play(0, 10 * MS_NS)
    play.turn(has_room=False)
    play.now_ns += 30 * MS_NS
    play.pause(play.now_ns)
    play.now_ns += SECOND_NS
    play.resume(play.now_ns)
    play.now_ns += 40 * MS_NS
    play.turn()

    assert 70 * MS_NS == play.counters.blocked_ns


def test_only_what_was_due_and_not_there_is_starving() -> None:
    play = Play(0)
    play.turn()
    play.now_ns += 10 * MS_NS
    play.turn()
    play.rows.waiting = [30 * MS_NS, 31 * MS_NS]
    play.now_ns += 50 * MS_NS
    play.turn()

    assert [0, 30 * MS_NS, 31 * MS_NS] == [arrival for arrival, _ in play.left]
    assert 30 * MS_NS == play.counters.starved_ns


def test_at_full_speed_every_wait_for_the_source_is_starving() -> None:
    play = Play(0, rate=None)
    play.turn()
    play.turn()
    play.now_ns += 7 * MS_NS
    play.rows.waiting = [SECOND_NS]
    play.turn()

    assert 7 * MS_NS == play.counters.starved_ns


def test_the_reading_before_the_first_quote_and_after_a_seek_is_no_starving() -> None:
    play = Play()
    for _ in range(2):
        play.turn()
        play.now_ns += SECOND_NS
        play.rows.waiting = [0]
        play.turn()
        play.seek(0)

    assert 0 == play.counters.starved_ns


def test_a_gap_is_cut_to_what_it_may_last_and_nothing_behind_it_is_moved() -> None:
    hour_ns = 3600 * SECOND_NS
    arrivals = (0, SECOND_NS, hour_ns, hour_ns + SECOND_NS)
    play = Play(*arrivals, rate=Fraction(2), max_gap_ns=3 * SECOND_NS)
    start_ns = play.now_ns
    play.until(start_ns + 10 * SECOND_NS)

    assert [0, 500 * MS_NS, 3500 * MS_NS, 4000 * MS_NS] == [
        left_ns - start_ns for _, left_ns in play.left
    ]
    assert (hour_ns - SECOND_NS) // 2 - 3 * SECOND_NS == play.counters.skipped_ns
    assert pytest.approx(2.0) == play.counters.achieved_speed


def test_a_gap_after_a_seek_is_cut_too() -> None:
    play = Play(3600 * SECOND_NS, max_gap_ns=SECOND_NS)
    play.seek(60 * SECOND_NS)
    start_ns = play.now_ns
    play.until(start_ns + 2 * SECOND_NS)

    assert [(3600 * SECOND_NS, start_ns + SECOND_NS)] == play.left


def test_a_step_sends_so_many_at_once_and_a_pause_forgets_the_rest() -> None:
    play = Play(0, SECOND_NS, 2 * SECOND_NS, 3 * SECOND_NS)
    play.pause(play.now_ns)
    play.turn()
    assert ([], FOREVER_NS) == (play.left, play.due_ns())

    play.step(2)
    assert play.due_ns() == FOREVER_NS or not play.left
    play.turn()
    assert [0, SECOND_NS] == [arrival for arrival, _ in play.left]
    assert (0, FOREVER_NS) == (play.lateness.count, play.due_ns())

    play.step(9)
    play.pause(play.now_ns)
    play.turn()
    assert 2 == len(play.left)

    resumed_ns = play.now_ns
    play.resume(resumed_ns)
    play.until(resumed_ns + 3 * SECOND_NS)
    assert [(2 * SECOND_NS, resumed_ns + SECOND_NS)] == play.left[2:3]


def test_quotes_wait_a_grain_for_others_and_leave_together() -> None:
    play = Play(0, 100, 200, 300, SECOND_NS)
    play.turn()
    first_ns = play.now_ns
    play.now_ns += 1000
    play.turn()
    assert 1 == len(play.left)
    assert first_ns + DEFAULT_GRAIN_NS == play.due_ns()
    assert play.is_gathering(play.due_ns())

    play.until(first_ns + 2 * SECOND_NS)
    left_ns = first_ns + DEFAULT_GRAIN_NS

    assert [first_ns, left_ns, left_ns, left_ns, first_ns + SECOND_NS] == [
        at for _, at in play.left
    ]


def test_how_long_quotes_waited_for_others_is_counted_as_late() -> None:
    play = Play(0, 100, 2 * SECOND_NS)
    play.until(play.now_ns + SECOND_NS)

    assert DEFAULT_GRAIN_NS - 100 == play.lateness.max_ns


def test_a_quote_for_which_nothing_waits_leaves_at_its_own_time() -> None:
    play = Play(0, 2 * DEFAULT_GRAIN_NS, SECOND_NS)
    play.turn()

    assert play.now_ns + 2 * DEFAULT_GRAIN_NS == play.due_ns()
    assert not play.is_gathering(play.due_ns())


def test_without_a_grain_each_quote_leaves_at_its_own_time() -> None:
    play = Play(0, 100, 200, 300, SECOND_NS, grain_ns=0)
    start_ns = play.now_ns
    play.until(start_ns + 2 * SECOND_NS)

    assert [(each, start_ns + each) for each in (0, 100, 200, 300, SECOND_NS)] == play.left


def test_the_last_quotes_of_all_wait_for_no_others() -> None:
    play = Play(0, 100, 200)
    play.rows.is_ended = True
    start_ns = play.now_ns
    play.until(start_ns + SECOND_NS)

    assert [(0, start_ns), (100, start_ns + 200), (200, start_ns + 200)] == play.left


def test_the_quotes_of_a_step_wait_for_no_others() -> None:
    play = Play(0, 100, 200, SECOND_NS)
    play.turn()
    play.pause(play.now_ns)
    play.step(1)

    assert play.turn()


@pytest.mark.parametrize("said", ["pause", "step", "seek"])
def test_behind_what_is_said_the_first_quote_waits_for_no_others(said: str) -> None:
    play = Play(0, 100, 200, SECOND_NS)
    play.turn()
    play.now_ns += 150
    if said == "seek":
        play.seek(100)
    else:
        play.pause(play.now_ns)
        if said == "step":
            play.step(1)
            play.turn()
        play.resume(play.now_ns)

    assert play.due_ns() <= play.now_ns + 100
    play.now_ns += 100
    assert play.turn()


def test_the_present_is_never_ahead_of_the_quote_that_is_next() -> None:
    play = Play(10 * SECOND_NS, 20 * SECOND_NS)
    assert None is play.present_ns(play.now_ns)
    play.head.fill()
    assert 10 * SECOND_NS == play.present_ns(play.now_ns)
    play.turn()
    assert 13 * SECOND_NS == play.present_ns(play.now_ns + 3 * SECOND_NS)
    assert 20 * SECOND_NS == play.present_ns(play.now_ns + 90 * SECOND_NS)


def test_at_the_end_the_present_stays_at_the_last_quote() -> None:
    play = Play(10 * SECOND_NS)
    play.turn()
    play.rows.is_ended = True

    assert 10 * SECOND_NS == play.present_ns(play.now_ns + 90 * SECOND_NS)


def test_live_quotes_are_due_at_once_and_leave_the_place_in_the_files() -> None:
    play = Play(10 * SECOND_NS, mode=LIVE)
    play.turn()

    assert (1, 10 * SECOND_NS) == (len(play.left), play.last_arrival_ns)
    assert None is play.present_ns(play.now_ns)


def test_each_mode_stands_at_its_own_last_quote() -> None:
    play = Play(10 * SECOND_NS)
    play.turn()
    heads = {HISTORICAL: play.head, LIVE: Playhead(Rows(90 * SECOND_NS))}
    play.play_from(heads, LIVE)
    stands = [play.last_arrival_ns]
    play.turn()
    stands.append(play.last_arrival_ns)
    play.play_from(heads, HISTORICAL)

    assert [None, 90 * SECOND_NS] == stands
    assert 10 * SECOND_NS == play.last_arrival_ns


def test_what_the_link_refuses_has_not_left_and_is_the_same_when_it_is_tried_again() -> None:
    play = Play(0, 10 * MS_NS)
    first = play.due(play.now_ns, lambda: 9, lambda: True)
    play.refused(play.now_ns)
    assert (True, FOREVER_NS) == (play.is_blocked, play.due_ns())
    again = play.due(play.now_ns, lambda: 9, lambda: True)

    assert first is not None
    assert again is not None
    assert first == again
    assert not play.is_blocked


@pytest.mark.parametrize(("rate", "asked"), [(None, 1), (Fraction(1), 0)])
def test_the_link_is_asked_first_where_a_batch_may_be_large_or_was_refused(
    rate: Fraction | None, asked: int
) -> None:
    play, answers = Play(0, rate=rate), [True, True]

    def has_link_room() -> bool:
        return answers.pop()

    assert play.due(play.now_ns, lambda: 9, has_link_room)
    assert asked == 2 - len(answers)
    play.refused(play.now_ns)
    assert play.due(play.now_ns, lambda: 9, has_link_room)
    assert asked + 1 == 2 - len(answers)


def test_how_much_room_there_is_is_not_asked_before_something_is_due() -> None:
    play = Play(0, SECOND_NS)
    play.turn()
    play.now_ns += MS_NS

    assert None is play.due(play.now_ns, pytest.fail, pytest.fail)


def test_a_batch_has_no_more_quotes_than_may_leave_together() -> None:
    play = Playback(None, is_stretched=True, max_gap_ns=None, most_quotes=4)
    play.play_from({HISTORICAL: Playhead(Rows(*range(9)))}, HISTORICAL)
    counts = []
    while due := play.due(0, lambda: 1_000, lambda: True):
        play.sent(due, 0, 0)
        counts.append(due.batch.quotes)

    assert [3, 3, 3] == counts
