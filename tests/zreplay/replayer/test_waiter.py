"""The loop's wait ends for whatever it watches, and otherwise not before its instant."""

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import zmq

from protocol.program.stop import StopSignal
from protocol.sockets import Context, Socket
from zreplay.replayer.sleep_overshoot import MOST_NS
from zreplay.replayer.waiter import (
    IDLE_WAIT_NS,
    TIMER_SLACK_FILE,
    TIMER_SLACK_NS,
    Waiter,
    sharpen_timer,
)

PATIENCE_NS = 5_000_000_000
MILLISECOND_NS = 1_000_000
LOOK_AT_CLOCK_NS = 1_000


@pytest.fixture
def stop() -> Iterator[StopSignal]:
    stop = StopSignal()
    yield stop
    stop.close()


@pytest.fixture
def waiter(stop: StopSignal) -> Iterator[Waiter]:
    waiter = Waiter(stop, None)
    yield waiter
    waiter.close()


def pair_of(context: Context) -> tuple[Socket, Socket]:
    one, other = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    one.bind("inproc://pair")
    other.connect("inproc://pair")
    return one, other


def waited_ns(
    waiter: Waiter, patience_ns: int = PATIENCE_NS, writable: Socket | None = None
) -> int:
    start_ns = time.monotonic_ns()
    waiter.wait(start_ns + patience_ns, writable)
    return time.monotonic_ns() - start_ns


@pytest.mark.parametrize("patience_ns", [0, 200_000, 3_700_000])
def test_with_nothing_happening_it_waits_until_the_instant(
    waiter: Waiter, patience_ns: int
) -> None:
    assert waited_ns(waiter, patience_ns) >= patience_ns


class FakeClock:
    """Passes a little with each look at it; a sleep ends so much late."""

    def __init__(self, late_ns: int) -> None:
        self.asked_ns: list[int] = []
        self._now_ns = 0
        self._late_ns = late_ns

    def monotonic_ns(self) -> int:
        self._now_ns += LOOK_AT_CLOCK_NS
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        self.asked_ns.append(round(seconds * 1e9))
        self._now_ns += self.asked_ns[-1] + self._late_ns


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], FakeClock]:
    def install(late_ns: int) -> FakeClock:
        clock = FakeClock(late_ns)
        monkeypatch.setattr(time, "monotonic_ns", clock.monotonic_ns)
        monkeypatch.setattr(time, "sleep", clock.sleep)
        return clock

    return install


def test_it_does_not_end_early_if_a_sleep_does(
    waiter: Waiter, sleeping: Callable[[int], FakeClock]
) -> None:
    sleeping(-90_000)

    assert waited_ns(waiter, 200_000) >= 200_000
    assert waited_ns(waiter, 1_700_000) >= 1_700_000


@pytest.mark.parametrize("left_ns", [200_000, 1_700_000])
def test_where_a_moment_more_is_the_same_it_sleeps_once_and_spins_for_nothing(
    waiter: Waiter, sleeping: Callable[[int], FakeClock], left_ns: int
) -> None:
    clock = sleeping(-90_000)
    waiter.wait(clock.monotonic_ns() + left_ns, None, is_exact=False)

    assert 1 == len(clock.asked_ns)
    assert left_ns - clock.asked_ns[0] <= 10 * LOOK_AT_CLOCK_NS


def test_it_sleeps_for_less_once_sleeps_have_ended_late(
    waiter: Waiter, sleeping: Callable[[int], FakeClock]
) -> None:
    clock = sleeping(60_000)
    for _ in range(100):
        waited_ns(waiter, 200_000)

    assert 0 < 200_000 - 60_000 - clock.asked_ns[-1] < 10 * LOOK_AT_CLOCK_NS


def test_waits_that_are_too_short_for_a_sleep_find_out_when_one_is_possible_again(
    waiter: Waiter, sleeping: Callable[[int], FakeClock]
) -> None:
    waiter._oversleep.expected_ns = MOST_NS
    clock = sleeping(0)
    for _ in range(60):
        waited_ns(waiter, 70_000)

    assert clock.asked_ns


def test_where_nothing_is_waited_for_nothing_is_learned_of_sleeps(waiter: Waiter) -> None:
    waiter._oversleep.expected_ns = MOST_NS
    for _ in range(10):
        waited_ns(waiter, -MILLISECOND_NS)

    assert MOST_NS == waiter._oversleep.expected_ns


def test_an_instant_that_has_passed_is_not_waited_for(waiter: Waiter) -> None:
    assert waited_ns(waiter, -PATIENCE_NS) < PATIENCE_NS


def test_it_tells_whether_something_has_come(waiter: Waiter) -> None:
    assert not waiter.wait(time.monotonic_ns() + MILLISECOND_NS, None)

    waiter.wake()

    assert waiter.wait(time.monotonic_ns() + PATIENCE_NS, None)


@pytest.mark.skipif(not TIMER_SLACK_FILE.exists(), reason="only Linux has a timer slack")
def test_sleeps_may_be_told_to_end_on_time() -> None:
    before = TIMER_SLACK_FILE.read_text()
    try:
        sharpen_timer()

        assert TIMER_SLACK_NS == int(TIMER_SLACK_FILE.read_text())
    finally:
        TIMER_SLACK_FILE.write_text(before)


def test_a_wake_up_from_another_thread_ends_the_wait_once(waiter: Waiter) -> None:
    ringer = threading.Thread(target=waiter.wake)
    ringer.start()

    assert waited_ns(waiter) < PATIENCE_NS
    ringer.join()
    assert waited_ns(waiter, MILLISECOND_NS) >= MILLISECOND_NS


def test_a_stop_ends_the_wait_and_later_waits_do_not_spin(waiter: Waiter, stop: StopSignal) -> None:
    assert not waiter.is_stop_requested
    stop.request()

    assert waited_ns(waiter) < PATIENCE_NS
    assert waiter.is_stop_requested
    assert waited_ns(waiter, 2 * MILLISECOND_NS) >= 2 * MILLISECOND_NS


def test_a_message_on_a_watched_socket_ends_the_wait(context: Context, waiter: Waiter) -> None:
    one, other = pair_of(context)
    waiter.watch(None, one)
    other.send(b"now")

    assert waited_ns(waiter) < PATIENCE_NS


def test_room_on_a_socket_ends_the_wait_only_while_it_is_asked_for(
    context: Context, waiter: Waiter
) -> None:
    one, _ = pair_of(context)

    assert waited_ns(waiter, writable=one) < PATIENCE_NS
    assert waited_ns(waiter, 2 * MILLISECOND_NS) >= 2 * MILLISECOND_NS
    assert waited_ns(waiter, writable=one) < PATIENCE_NS


def test_the_end_of_the_parent_is_noticed(stop: StopSignal) -> None:
    reading, writing = os.pipe()
    waiter = Waiter(stop, reading)
    os.write(writing, b"x")
    waited_ns(waiter)
    assert not waiter.is_orphaned  # a byte is no end

    os.close(writing)

    assert waited_ns(waiter) < PATIENCE_NS
    assert waiter.is_orphaned
    assert waited_ns(waiter, 2 * MILLISECOND_NS) >= 2 * MILLISECOND_NS
    waiter.close()
    os.close(reading)


def test_an_idle_loop_still_turns_so_that_rates_stay_true(waiter: Waiter) -> None:
    assert 1_000 + IDLE_WAIT_NS == waiter.latest_ns(1_000)
