"""A ring is seen by the poller, from any thread, as often as one likes."""

import select
import threading
from collections.abc import Iterator

import pytest

from zreplay.replayer.wakeup import Wakeup


@pytest.fixture
def wakeup() -> Iterator[Wakeup]:
    wakeup = Wakeup()
    yield wakeup
    wakeup.close()


def is_readable(wakeup: Wakeup) -> bool:
    return bool(select.select([wakeup.fd], [], [], 0)[0])


def test_it_is_readable_from_a_ring_until_it_is_cleared(wakeup: Wakeup) -> None:
    assert not is_readable(wakeup)
    wakeup.ring()
    assert is_readable(wakeup)
    wakeup.clear()
    assert not is_readable(wakeup)


def test_clearing_without_a_ring_does_not_block(wakeup: Wakeup) -> None:
    wakeup.clear()

    assert not is_readable(wakeup)


def test_a_ring_from_another_thread_ends_a_wait(wakeup: Wakeup) -> None:
    ringer = threading.Thread(target=wakeup.ring)
    ringer.start()

    assert select.select([wakeup.fd], [], [], 5)[0]
    ringer.join()


def test_more_rings_than_a_pipe_holds_neither_block_nor_outlive_a_clear(wakeup: Wakeup) -> None:
    for _ in range(70_000):
        wakeup.ring()
    assert is_readable(wakeup)

    wakeup.clear()

    assert not is_readable(wakeup)
