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
from zreplay.live.capture_queue import WAITING_BYTES, CaptureQueue
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.captured_gaps import CapturedGaps
from zreplay.live.gap import Gap
from zreplay.live.segment_book import MOST_READ_BYTES, CaptureRules


class FakeCapture:
    """Keeps groups, or refuses them while it has a problem."""

    rules = CaptureRules(1 << 40)
    gaps: CapturedGaps | None = None

    def __init__(self) -> None:
        self.groups: list[list[Captured]] = []
        self.problem: Problem | None = None
        self.lack: Problem | None = None
        self.takes_messages = True
        self.full_after: int | None = None
        self.refused = 0

    def lack_of_room(self) -> Problem | None:
        return self.lack

    def append(self, records: Iterable[Captured]) -> Problem | None:
        if self.problem is not None:
            self.refused += 1
            return self.problem
        records = list(records)
        if not self.takes_messages and any(r.kind == RecordKind.MESSAGE for r in records):
            return Problem(CAPTURE_FULL, "64 GiB")
        self.groups.append(records)
        if len(self.groups) == self.full_after:
            self.problem = Problem(CAPTURE_FULL, "64 GiB")
        return None


class FakeClocks:
    """The clock on the wall may be set, and the other goes on evenly."""

    def __init__(self) -> None:
        self.wall_ns = 10**18
        self.monotonic_ns = 5

    def pass_by(self, seconds: int, set_by_seconds: int = 0) -> None:
        self.wall_ns += (seconds + set_by_seconds) * 10**9
        self.monotonic_ns += seconds * 10**9


class Bench:
    """A queue with its writer running."""

    def __init__(self) -> None:
        self.capture = FakeCapture()
        self.wakes = 0
        self.clocks = FakeClocks()
        self.queue = CaptureQueue(
            self.capture,  # type: ignore[arg-type]
            self._wake,
            lambda: self.clocks.wall_ns,
            lambda: self.clocks.monotonic_ns,
        )
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
    records = [record(number, MOST_READ_BYTES // 2) for number in range(7)]
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


async def test_a_full_capture_holds_back_tells_the_gap_and_goes_on_with_room(bench: Bench) -> None:
    bench.capture.problem = Problem(CAPTURE_FULL, "64 GiB")
    bench.queue.put(record(1))
    await until(lambda: bench.capture.refused > 2)
    assert bench.queue.is_full
    assert bench.capture.problem == bench.queue.refusal
    bench.queue.on_held_back()
    bench.clocks.pass_by(2)
    bench.queue.on_held_back()
    bench.clocks.pass_by(1)
    bench.capture.problem = None
    await asyncio.wait_for(bench.queue.room(), 5)
    await until(lambda: len(bench.capture.groups) == 2)

    (first,), (second,) = bench.capture.groups
    gap = Gap.unpack(second.payload)
    assert (record(1), RecordKind.GAP) == (first, second.kind)
    assert ("all feeds", "not read: capture full") == (gap.feed, gap.reason)
    assert (10**18, 10**18 + 3 * 10**9) == (gap.from_ns, gap.to_ns)
    assert 3 * 10**9 == bench.queue.blocked_ns
    assert None is bench.queue.refusal is bench.queue.problem


async def test_a_time_that_nothing_was_read_is_told_once_though_the_capture_fills_again(
    bench: Bench,
) -> None:
    bench.capture.problem = Problem(CAPTURE_FULL, "64 GiB")
    bench.capture.full_after = 1
    for number in range(3):
        bench.queue.put(record(number, WAITING_BYTES))
    await until(lambda: bench.capture.refused > 0)
    bench.queue.on_held_back()
    bench.clocks.pass_by(2)
    bench.capture.problem = None
    await until(lambda: len(bench.capture.groups) == 1 and bench.queue.problem is not None)
    bench.clocks.pass_by(3)
    bench.capture.problem = None
    await until(lambda: bench.queue.problem is None and not bench.queue.is_full)
    await until(lambda: sum(len(group) for group in bench.capture.groups) == 5)

    records = (each for group in bench.capture.groups for each in group)
    first, second = (Gap.unpack(each.payload) for each in records if each.kind == RecordKind.GAP)
    begin_ns, second_ns = 10**18, 10**9
    assert (begin_ns, begin_ns + 2 * second_ns) == (first.from_ns, first.to_ns)
    assert (begin_ns + 2 * second_ns, begin_ns + 5 * second_ns) == (second.from_ns, second.to_ns)
    assert 5 * second_ns == bench.queue.blocked_ns


@pytest.mark.parametrize(("set_by_seconds", "gap_seconds"), [(3600, 3602), (-3600, 0)])
async def test_a_clock_that_is_set_meanwhile_is_not_counted_as_a_time_that_nothing_was_read(
    bench: Bench, set_by_seconds: int, gap_seconds: int
) -> None:
    bench.capture.problem = Problem(CAPTURE_FULL, "64 GiB")
    bench.queue.put(record(1))
    await until(lambda: bench.capture.refused > 0)
    bench.queue.on_held_back()
    bench.clocks.pass_by(2, set_by_seconds)
    bench.capture.problem = None
    await until(lambda: len(bench.capture.groups) == 2)
    gap = Gap.unpack(bench.capture.groups[1][0].payload)

    assert 2 * 10**9 == bench.queue.blocked_ns
    assert (10**18, 10**18 + gap_seconds * 10**9) == (gap.from_ns, gap.to_ns)


async def test_what_is_not_held_back_has_no_gap(bench: Bench) -> None:
    bench.capture.problem = Problem(CAPTURE_FULL, "64 GiB")
    bench.queue.put(record(1))
    await until(lambda: bench.capture.refused > 0)
    bench.capture.problem = None
    await until(lambda: bool(bench.capture.groups))

    assert [[record(1)]] == bench.capture.groups


async def test_a_capture_that_is_full_at_the_start_is_waited_for(bench: Bench) -> None:
    bench.capture.lack = Problem(CAPTURE_FULL, "64 GiB")
    waiting = asyncio.create_task(bench.queue.room())
    await until(lambda: bench.queue.problem is not None)
    assert bench.queue.refusal is None
    assert not waiting.done()
    bench.capture.lack = None
    await asyncio.wait_for(waiting, 5)

    assert bench.queue.problem is None


async def test_at_the_end_a_full_capture_takes_what_became_of_the_connections_and_the_gap(
    bench: Bench,
) -> None:
    bench.writer.cancel()
    await asyncio.wait([bench.writer])
    gone = Captured(RecordKind.DISCONNECTED, 30, b"gone")
    bench.capture.takes_messages = False
    for each in (record(10), record(20), gone):
        bench.queue.put(each)
    bench.queue.write_rest()

    ((told, last),) = bench.capture.groups
    gap = Gap.unpack(told.payload)
    assert gone == last
    assert (10, 20, "not captured: capture full") == (gap.from_ns, gap.to_ns, gap.reason)


async def test_the_rest_is_tried_once_at_the_end(bench: Bench) -> None:
    bench.writer.cancel()
    await asyncio.wait([bench.writer])
    records = [record(number, MOST_READ_BYTES) for number in range(3)]
    for each in records:
        bench.queue.put(each)

    bench.queue.write_rest()
    assert [[each] for each in records] == bench.capture.groups

    bench.capture.problem = Problem(DISK_FULL, "no space")
    bench.queue.put(record(4))
    bench.queue.write_rest()
    assert 1 == bench.capture.refused
