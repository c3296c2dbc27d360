"""The newest checkpoint that is not later is found, whatever became of the file meanwhile."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.examples import RUN
from zreplay.ordering.order_cursor import Key, OrderCursor, Resume
from zreplay.recordings.source_block import FilePlace
from zreplay.replayer import checkpoint_ring
from zreplay.replayer.checkpoint_ring import (
    EARLIER_EVERY,
    LEAST_INTERVAL_NS,
    LEAST_ROWS,
    MOST_SHARE,
    RECENT_SLOTS,
    SLOT_COUNT,
    CheckpointRing,
)

FILES = 3


def checkpoint(number: int) -> OrderCursor:
    places = (Resume(FilePlace(100 * number + file, number), number) for file in range(FILES))
    return OrderCursor.of((number, 7), places)


def ring_at(path: Path, run: bytes = RUN, files: int = FILES, **options: Any) -> CheckpointRing:
    return CheckpointRing(
        path,
        run,
        files,
        **{"least_rows": 0, "least_interval_ns": 0, "clock": lambda: 0, **options},
    )


def offer(ring: CheckpointRing, number: int, refused: int = 0, rows: int = 1) -> None:
    ring.offer(lambda: checkpoint(number), rows, lambda: refused)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints"


def newest(path: Path, key: Key, refused: int = 0) -> int | None:
    """Return the number of the checkpoint that another process finds."""
    found = ring_at(path).newest(key, refused)
    if found is not None:
        assert checkpoint(found.last_key[0]) == found
    return None if found is None else found.last_key[0]


def test_it_is_the_newest_that_is_not_behind_the_key(path: Path) -> None:
    ring = ring_at(path)
    for number in (10, 20, 30):
        offer(ring, number)

    keys = [(9, 0), (10, 6), (10, 7), (20, 6), (29, 10**9), (2**62, 0)]
    for found in (newest(path, key) for key in keys), (known(ring, key) for key in keys):
        assert [None, None, 10, 10, 20, 30] == list(found)


def known(ring: CheckpointRing, key: Key) -> int | None:
    found = ring.newest(key, 0)
    return None if found is None else found.last_key[0]


def test_of_those_after_a_seek_back_it_is_the_one_from_which_the_least_is_read(path: Path) -> None:
    ring = ring_at(path)
    for number in (50, 60, 10, 20):
        offer(ring, number)

    assert [10, 20, 50, 60] == [newest(path, (number, 7)) for number in (10, 49, 59, 99)]


def test_the_recent_ones_stay_and_of_the_earlier_ones_some(path: Path) -> None:
    ring = ring_at(path)
    last = 700
    for number in range(last + 1):
        offer(ring, number)

    earlier = [number for number in range(0, last, EARLIER_EVERY)][-(SLOT_COUNT - RECENT_SLOTS) :]
    assert earlier[0] == newest(path, (earlier[1] - 1, 0))
    found = {newest(path, (number, 7)) for number in range(last + 1)}
    assert {*range(last - RECENT_SLOTS + 1, last + 1)} <= found
    assert {*earlier} <= found
    assert path.stat().st_size == SLOT_COUNT * slot_bytes(path)


def slot_bytes(path: Path) -> int:
    return len(checkpoint_ring.encode(RUN, 0, checkpoint(0), 0))


def test_a_new_process_goes_on_in_the_next_slot(path: Path) -> None:
    for number in range(RECENT_SLOTS + 1):
        offer(ring_at(path), number)

    assert {*range(RECENT_SLOTS + 1)} == {
        newest(path, (number, 7)) for number in range(RECENT_SLOTS + 1)
    }


@pytest.mark.parametrize("bit", [0, 7])
def test_a_slot_that_is_damaged_anywhere_is_none_and_an_older_one_is(path: Path, bit: int) -> None:
    offer(ring_at(path), 5)
    ring = ring_at(path)
    offer(ring, 6)
    whole = path.read_bytes()
    begin = slot_bytes(path)  # of the second one
    for place in range(begin, 2 * begin):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        assert 5 == newest(path, (2**62, 0))
        if place >= begin + 8:
            assert 5 == known(ring, (2**62, 0))


def test_a_torn_slot_is_none_and_an_older_one_is(path: Path) -> None:
    ring = ring_at(path)
    offer(ring, 5)
    offer(ring, 6)
    whole = path.read_bytes()
    begin, end = slot_bytes(path), 2 * slot_bytes(path)  # of the second one
    for written in range(begin, end - 4):
        path.write_bytes(whole[:written] + bytes(end - written) + whole[end:])
        assert 5 == newest(path, (2**62, 0))
    path.write_bytes(whole[:-1])
    assert 6 == newest(path, (2**62, 0))


def test_one_that_may_miss_rejected_rows_is_passed_over(path: Path) -> None:
    ring = ring_at(path)
    offer(ring, 5, refused=2)
    offer(ring, 6, refused=4)

    found = [newest(path, (9, 0), refused) for refused in (0, 1, 2, 3, 4, 5)]
    assert [None, None, 5, 5, 6, 6] == found


@pytest.mark.parametrize("other", [{"run": b"another run....."}, {"files": FILES + 1}])
def test_those_of_another_run_are_none(path: Path, other: dict[str, Any]) -> None:
    offer(ring_at(path), 5)

    assert ring_at(path, **other).newest((2**62, 0), 0) is None


def test_a_file_that_is_gone_or_is_none_holds_nothing(path: Path) -> None:
    ring = ring_at(path)
    assert newest(path, (2**62, 0)) is None
    offer(ring, 5)
    path.unlink()
    assert ring.newest((2**62, 0), 0) is None
    path.mkdir()
    assert newest(path, (2**62, 0)) is None


def test_a_run_that_begins_has_none(path: Path) -> None:
    ring = ring_at(path)
    offer(ring, 5)
    ring.forget()

    assert (None, None) == (known(ring, (2**62, 0)), newest(path, (2**62, 0)))
    offer(ring, 6)
    assert 6 == newest(path, (2**62, 0))


def test_a_disk_that_does_not_take_it_costs_that_one_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ring = ring_at(path)
    offer(ring, 5)

    def full(descriptor: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        offer(ring, 6)
        offer(ring, 7)

    said = [record for record in caplog.records if "no checkpoint" in record.getMessage()]
    assert 1 == len(said)
    assert 5 == known(ring, (2**62, 0)) == newest(path, (2**62, 0))
    offer(ring, 8)
    assert 8 == known(ring, (2**62, 0)) == newest(path, (2**62, 0))


class Clock:
    def __init__(self, *times_ns: int) -> None:
        self._times_ns: Iterator[int] = iter(times_ns)
        self.last_ns = 0

    def __call__(self) -> int:
        self.last_ns = next(self._times_ns, self.last_ns)
        return self.last_ns


def taken(clock: Callable[[], int], path: Path, *rows: int, hurries: int = -1) -> list[int]:
    """Offer so many rows one after the other; return which offers were taken."""
    ring = CheckpointRing(path, RUN, FILES, clock=clock)
    found: list[int] = []

    def take(number: int) -> OrderCursor:
        found.append(number)
        return checkpoint(number)

    for number, more in enumerate(rows):
        if number == hurries:
            ring.hurry()
        ring.offer(lambda number=number: take(number), more, lambda: 0)  # type: ignore[misc]
    return found


def test_they_are_so_many_rows_and_so_long_apart(path: Path) -> None:
    step, again = LEAST_INTERVAL_NS, 2 * LEAST_INTERVAL_NS
    clock = Clock(0, 0, step, again, again, again + step - 1, again + step)
    half = LEAST_ROWS // 2 + 1

    assert [0, 2, 4] == taken(clock, path, half, half, half, LEAST_ROWS, half)
    assert [0] == taken(lambda: 0, path, LEAST_ROWS, LEAST_ROWS, LEAST_ROWS)
    assert [0, 1] == taken(lambda: 0, path, 1, 1, 1, hurries=1)


def test_what_takes_long_is_done_seldom(path: Path) -> None:
    slow_ns = LEAST_INTERVAL_NS
    again_ns = slow_ns + int(slow_ns / MOST_SHARE)
    clock = Clock(0, slow_ns, again_ns - 1, again_ns, again_ns)

    assert [0, 2] == taken(clock, path, LEAST_ROWS, LEAST_ROWS, LEAST_ROWS)


def test_where_nothing_was_read_there_is_nothing_to_keep(path: Path) -> None:
    ring = ring_at(path)
    ring.offer(lambda: None, 0, lambda: 0)

    assert not path.exists()
