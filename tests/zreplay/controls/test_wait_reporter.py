"""A wait that lasts is reported once, and so is its end."""

from zreplay.controls.status import BLOCKED, DONE, NO_WORKERS, PAUSED, RUNNING, WAITING
from zreplay.controls.wait_reporter import LASTS_NS, NO_LONGER, QUIET_NS, WAITS, WaitReporter

SECOND_NS = 1_000_000_000
SINK = (WAITING, "the sink")
WORKER = (NO_WORKERS, "a worker")
BUSY = (BLOCKED, "the workers, which are busy")
WELL = (RUNNING, "")


class Watch:
    """Looks ten times a second and keeps what was said."""

    def __init__(self) -> None:
        self.reporter = WaitReporter()
        self.now_ns = 7 * SECOND_NS
        self.said: list[tuple[str, str]] = []

    def see(self, state: tuple[str, str], seconds: float, *, moves: bool = False) -> None:
        for _ in range(round(10 * seconds)):
            moved = (self.now_ns if moves else 0,)
            self.said += self.reporter.look(*state, moved, self.now_ns)
            self.now_ns += SECOND_NS // 10


def test_a_wait_that_lasts_is_said_once_and_so_is_its_end() -> None:
    watch = Watch()
    watch.see(SINK, LASTS_NS / SECOND_NS)
    assert [] == watch.said
    watch.see(SINK, 300)
    watch.see(WELL, 300)

    assert [(WAITS, "the sink"), (NO_LONGER, "the sink")] == watch.said


def test_a_short_wait_is_not_worth_a_word() -> None:
    watch = Watch()
    for _ in range(10):
        watch.see(SINK, 1.9)
        watch.see(WELL, 0.1)

    assert [] == watch.said


def test_each_thing_that_is_missing_has_its_line() -> None:
    watch = Watch()
    watch.see(SINK, 3)
    watch.see(WORKER, 3)
    watch.see(WELL, 1)

    expected = [(event, thing) for _, thing in (SINK, WORKER) for event in (WAITS, NO_LONGER)]
    assert expected == watch.said


def test_what_the_operator_decides_is_not_missing() -> None:
    watch = Watch()
    watch.see((PAUSED, "resume"), 9)
    watch.see((DONE, "a command: the files are at their end"), 9)

    assert [] == watch.said


def test_what_moves_is_slow_and_not_missing() -> None:
    watch = Watch()
    watch.see(BUSY, 9, moves=True)

    assert [] == watch.said


def test_what_comes_and_goes_is_said_no_more_than_once_a_while() -> None:
    watch = Watch()
    for _ in range(3):
        watch.see(BUSY, 3)
        watch.see(WELL, 1)
    assert [(WAITS, BUSY[1]), (NO_LONGER, BUSY[1])] == watch.said
    watch.see(WELL, QUIET_NS / SECOND_NS)
    watch.see(BUSY, 3)

    assert (WAITS, BUSY[1]) == watch.said[-1]
    assert 3 == len(watch.said)


def test_it_wants_to_look_again_within_a_second() -> None:
    reporter = WaitReporter()
    reporter.look(*SINK, (), 5)

    assert 5 + SECOND_NS == reporter.look_at_ns
