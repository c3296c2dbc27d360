"""The more batches are on their way, the larger and fewer they are; none waits for long."""

from zreplay.playback.send_interval import (
    DEFAULT_GRAIN_NS,
    MAX_GRAIN_NS,
    MAX_SEND_INTERVAL_NS,
    send_interval_ns,
)


def test_the_more_batches_are_on_their_way_the_longer_paced_quotes_wait_for_others() -> None:
    waits = [send_interval_ns(DEFAULT_GRAIN_NS, batches) for batches in (0, 60, 120, 10**6)]

    assert [DEFAULT_GRAIN_NS, DEFAULT_GRAIN_NS] == waits[:2]
    assert [2 * DEFAULT_GRAIN_NS, MAX_SEND_INTERVAL_NS] == waits[2:]


def test_without_a_grain_only_batches_on_their_way_are_waited_for() -> None:
    assert [0, 10_000] == [send_interval_ns(0, batches) for batches in (0, 1)]


def test_a_grain_that_is_longer_than_that_is_kept() -> None:
    assert MAX_GRAIN_NS == send_interval_ns(MAX_GRAIN_NS, 10**6)
