"""Nothing leaves before enough workers are there and the delay is over; then nothing is held."""

from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.playback.start_gate import StartGate

SECOND_NS = 1_000_000_000


def test_without_a_wish_it_is_open_at_once() -> None:
    gate = StartGate(0, 0)

    assert (True, "") == (gate.is_open(0, 5), gate.waits_for(0, 5))


def test_it_opens_with_the_last_worker_and_stays_open() -> None:
    gate = StartGate(2, 0)
    assert not gate.is_open(1, 5)
    assert ("consumers: 1 of 2 are connected", FOREVER_NS) == (gate.waits_for(1, 5), gate.due_ns())

    assert gate.is_open(2, 6)
    assert gate.is_open(0, 7)
    assert ("", FOREVER_NS) == (gate.waits_for(0, 7), gate.due_ns())


def test_the_delay_begins_when_all_are_there_and_anew_when_one_goes() -> None:
    gate = StartGate(1, 3 * SECOND_NS)
    assert not gate.is_open(1, 0)
    assert (3 * SECOND_NS, "the start, in 2.0 s") == (gate.due_ns(), gate.waits_for(1, SECOND_NS))

    assert not gate.is_open(0, SECOND_NS)
    assert not gate.is_open(1, 2 * SECOND_NS)
    assert not gate.is_open(1, 4 * SECOND_NS)
    assert gate.is_open(1, 5 * SECOND_NS)


def test_a_run_that_has_begun_before_waits_for_workers_only() -> None:
    gate = StartGate(1, 3 * SECOND_NS)
    gate.hurry()

    assert not gate.is_open(0, 0)
    assert gate.is_open(1, 0)


def test_it_opens_at_its_instant_if_workers_are_there_also_for_a_run_that_goes_on() -> None:
    gate = StartGate(1, 0, 3 * SECOND_NS)
    gate.hurry()
    assert not gate.is_open(1, SECOND_NS)
    assert (3 * SECOND_NS, "the start, in 2.0 s") == (gate.due_ns(), gate.waits_for(1, SECOND_NS))
    assert not gate.is_open(0, 4 * SECOND_NS)

    assert gate.is_open(1, 5 * SECOND_NS)


def test_a_delay_counts_from_the_workers_where_it_ends_after_the_instant() -> None:
    gate = StartGate(0, 9 * SECOND_NS, 3 * SECOND_NS)

    assert [False, True] == [gate.is_open(0, second * SECOND_NS) for second in (0, 9)]
