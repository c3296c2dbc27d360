"""The more batches are on their way, the larger and fewer they are; none waits for long."""

from zreplay.playback.send_interval import (
    MAX_SEND_INTERVAL_NS,
    MIN_SEND_INTERVAL_NS,
    send_interval_ns,
)


def test_the_more_batches_are_on_their_way_the_longer_paced_quotes_wait_for_others() -> None:
    waits = [send_interval_ns(batches) for batches in (0, 10, 20, 10**6)]

    assert [MIN_SEND_INTERVAL_NS, MIN_SEND_INTERVAL_NS] == waits[:2]
    assert [2 * MIN_SEND_INTERVAL_NS, MAX_SEND_INTERVAL_NS] == waits[2:]
