"""A pace is of the time in which the replay was to go on, and of one way only."""

from zreplay.controls.pace import SPAN_NS, STILL_NS, TICK_NS, Pace


def go(pace: Pace, seconds: range, per_second: float, course: object = "", **at: bool) -> None:
    """Let so many seconds pass, a pass at a rate, looked at four times in each of them."""
    for quarter in range(4 * seconds.start, 4 * seconds.stop):
        now_ns = quarter * TICK_NS // 4
        if pace.pass_time(now_ns, is_paused=at.get("is_paused", False)):
            pace.tick(quarter / 4 * per_second, now_ns // 2, course)


def test_a_pace_is_what_the_last_seconds_brought() -> None:
    pace = Pace()
    go(pace, range(11), 0.01)

    assert 0.01 == round((pace.passes_per_ns() or 0) * TICK_NS, 6)
    assert 0.5 == pace.speed()


def test_only_the_last_half_minute_counts() -> None:
    pace = Pace()
    go(pace, range(0, 100), 0.0001)
    for second in range(100, 100 + SPAN_NS // TICK_NS + 1):
        assert pace.pass_time(second * TICK_NS, is_paused=False)
        pace.tick(0.01 + (second - 100) * 0.002, None, "")

    assert 0.002 == round((pace.passes_per_ns() or 0) * TICK_NS, 6)


def test_a_pause_makes_nothing_slower() -> None:
    paused, steady = Pace(), Pace()
    go(steady, range(10), 0.01)
    go(paused, range(10), 0.01)
    go(paused, range(10, 500), 0.0, is_paused=True)

    assert steady.passes_per_ns() == paused.passes_per_ns() is not None
    assert not paused.pass_time(501 * TICK_NS, is_paused=False)


def test_where_nothing_moves_there_is_no_pace() -> None:
    pace = Pace()
    go(pace, range(10), 0.01)
    last = None
    for second in range(10, 12 + STILL_NS // TICK_NS):
        pace.pass_time(second * TICK_NS, is_paused=False)
        pace.tick(0.1, None, "")
        last = pace.passes_per_ns()

    assert last is None


def test_what_was_before_another_course_is_forgotten() -> None:
    pace = Pace()
    go(pace, range(10), 0.01)
    pace.pass_time(10 * TICK_NS, is_paused=False)
    pace.tick(0.9, 10**18, "after a seek")

    assert (None, None) == (pace.passes_per_ns(), pace.speed())
    go(pace, range(11, 13), 0.05, "after a seek")
    assert pace.passes_per_ns() is None, "it went back"


def test_a_share_that_is_not_known_is_no_pace() -> None:
    pace = Pace()
    for second in range(9):
        pace.pass_time(second * TICK_NS, is_paused=False)
        pace.tick(None, None, "")

    assert (None, None) == (pace.passes_per_ns(), pace.speed())
    assert (None, None) == (Pace().passes_per_ns(), Pace().speed())


def test_over_a_second_a_speed_says_nothing() -> None:
    pace = Pace()
    go(pace, range(3), 0.01)

    assert pace.speed() is None
