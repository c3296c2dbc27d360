"""The clock of a connection goes on as far as it is read, and no further."""

from hypothesis import given
from hypothesis import strategies as st

from zreplay.live.reading_clock import FOREVER_NS, ReadingClock


def test_it_stands_still_while_nothing_is_read() -> None:
    clock = ReadingClock()
    clock.hold_back(10)
    assert (True, 10, 10) == (clock.is_held, clock.read_ns(10), clock.read_ns(1000))

    clock.go_on(1000)

    assert (False, 10, 15) == (clock.is_held, clock.read_ns(1000), clock.read_ns(1005))


def test_to_hold_back_or_to_go_on_twice_is_as_once() -> None:
    clock = ReadingClock()
    clock.go_on(5)
    clock.hold_back(10)
    clock.hold_back(20)
    clock.go_on(30)
    clock.go_on(40)

    assert 30 == clock.read_ns(50)


def test_what_is_ahead_of_it_is_never_due_while_it_stands() -> None:
    clock = ReadingClock()
    assert (7, FOREVER_NS) == (clock.due_ns(7), clock.due_ns(FOREVER_NS))
    clock.hold_back(10)
    assert [10, FOREVER_NS] == [clock.due_ns(10), clock.due_ns(11)]
    clock.go_on(110)

    assert [111, FOREVER_NS] == [clock.due_ns(11), clock.due_ns(FOREVER_NS)]


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans())))
def test_it_counts_all_of_the_time_but_that_in_which_nothing_was_read(
    steps: list[tuple[int, bool]],
) -> None:
    clock, now_ns, counted_ns = ReadingClock(), 0, 0
    for step_ns, is_held in steps:
        (clock.hold_back if is_held else clock.go_on)(now_ns)
        now_ns += step_ns
        counted_ns += 0 if is_held else step_ns

        assert counted_ns == clock.read_ns(now_ns)
