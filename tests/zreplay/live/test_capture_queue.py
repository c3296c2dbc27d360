"""Records are written in order, in groups; a disk that refuses holds the feed back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

import pytest

from zreplay.live import capture_queue
from zreplay.live.capture import (
    CAPTURE_FULL,
    DISK_FULL,
    Problem,
)
from zreplay.live.capture_queue import GROUP_BYTES, WAITING_BYTES, CaptureQueue
from zreplay.live.capture_records import Captured, RecordKind


class FakeCapture:
    """Keeps groups, or refuses them while it has a problem."""

    def __init__(self) -> None:
        self.groups: list[list[Captured]] = []
        self.problem: Problem | None = None
        self.refused = 0

    def append(self, records: Iterable[Captured]) -> Problem | None:
        if self.problem is not None:
            self.refused += 1
            return self.problem
        self.groups.append(list(records))
        return None


class Bench:
    """A queue with its writer running."""

    def __init__(self) -> None:
        self.capture = FakeCapture()
        self.wakes = 0
        self.queue = CaptureQueue(self.capture, self._wake)  # type: ignore[arg-type]
        self.writer = asyncio.create_task(self.queue.write_all())

    def _wake(self) -> None:
        self.wakes += 1


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(capture_queue, "FIRST_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(capture_queue, "LONGEST_RETRY_SECONDS", 0.0)
    bench = Bench()
    yield bench
    bench.writer.cancel()
    await asyncio.wait([bench.writer])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


def record(number: int, size_bytes: int = 0) -> Captured:
    return Captured(RecordKind.MESSAGE, number, b"x" * size_bytes)


async def test_what_waits_becomes_one_write_and_one_wake_up(bench: Bench) -> None:
    records = [record(number) for number in range(100)]
    for each in records:
        bench.queue.put(each)

    await until(lambda: bench.wakes > 0)

    assert [records] == bench.capture.groups
    assert 1 == bench.wakes


async def test_a_long_queue_is_written_in_groups_in_order(bench: Bench) -> None:
    records = [record(number, GROUP_BYTES // 2) for number in range(7)]
    for each in records:
        bench.queue.put(each)

    await until(lambda: bench.wakes == 4)

    assert [2, 2, 2, 1] == [len(group) for group in bench.capture.groups]
    assert records == [each for group in bench.capture.groups for each in group]


async def test_too_much_waiting_holds_back_until_it_is_written(bench: Bench) -> None:
    bench.queue.put(record(1, WAITING_BYTES))
    assert bench.queue.is_full

    await asyncio.wait_for(bench.queue.room(), 5)

    assert not bench.queue.is_full


async def test_a_full_disk_holds_back_and_loses_nothing(bench: Bench) -> None:
    bench.capture.problem = Problem(DISK_FULL, "no space")
    records = [record(number) for number in range(3)]
    bench.queue.put(records[0])
    await until(lambda: bench.capture.refused > 2)
    assert bench.queue.is_full
    assert Problem(DISK_FULL, "no space") == bench.queue.problem

    bench.queue.put(records[1])
    bench.queue.put(records[2])
    bench.capture.problem = None
    await asyncio.wait_for(bench.queue.room(), 5)

    assert bench.queue.problem is None
    assert records == [each for group in bench.capture.groups for each in group]


async def test_a_full_capture_ends_the_writing_for_good(bench: Bench) -> None:
    bench.capture.problem = Problem(CAPTURE_FULL, "64 GiB")
    bench.queue.put(record(1))

    await asyncio.wait_for(bench.writer, 5)

    assert bench.queue.is_full
    assert 1 == bench.capture.refused


async def test_the_rest_is_tried_once_at_the_end(bench: Bench) -> None:
    bench.writer.cancel()
    await asyncio.wait([bench.writer])
    records = [record(number, GROUP_BYTES) for number in range(3)]
    for each in records:
        bench.queue.put(each)

    bench.queue.write_rest()
    assert [[each] for each in records] == bench.capture.groups

    bench.capture.problem = Problem(DISK_FULL, "no space")
    bench.queue.put(record(4))
    bench.queue.write_rest()
    assert 1 == bench.capture.refused
