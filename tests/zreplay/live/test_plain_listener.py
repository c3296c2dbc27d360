"""A feed of the plain shape that gives nothing for long is silent, and that has an end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.zreplay.feed_server import until
from zreplay.live import plain_listener
from zreplay.live.capture_records import Captured
from zreplay.live.gap import Gap
from zreplay.live.plain_listener import PlainListener
from zreplay.live.reading_clock import ReadingClock


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_listener, "LOOK_SECONDS", 0.001)


@asynccontextmanager
async def listening(
    silent_after_ns: int, records: list[Captured], reading: ReadingClock | None = None
) -> AsyncIterator[PlainListener]:
    listener = PlainListener("ws://x", records.append, silent_after_ns)
    listener.begin(7, reading or ReadingClock())
    task = asyncio.create_task(listener.run())
    yield listener
    task.cancel()
    await asyncio.wait([task])


async def test_silence_is_a_gap_of_the_whole_feed_until_something_comes() -> None:
    records: list[Captured] = []
    async with listening(5_000_000, records) as listener:
        await until(lambda: listener.is_silent)
        listener.hear([b"{}"], records[0].recv_ns + 1)
        assert not listener.is_silent
    begun, over = (Gap.unpack(record.payload) for record in records[:2])

    assert ("ws://x", "", "silent", ()) == (begun.feed, begun.venue, begun.reason, begun.tickers)
    assert (None, records[0].recv_ns + 1) == (begun.to_ns, over.to_ns)
    assert begun.from_ns == over.from_ns < records[0].recv_ns
    assert {7} == {record.connection for record in records}


async def test_a_lost_connection_ends_it() -> None:
    records: list[Captured] = []
    async with listening(5_000_000, records) as listener:
        await until(lambda: listener.is_silent)
        listener.end()
        listener.end()

    assert [False, True] == [Gap.unpack(each.payload).to_ns is not None for each in records][:2]
    assert not listener.is_silent


async def test_with_0_nothing_is_ever_silent() -> None:
    records: list[Captured] = []
    async with listening(0, records) as listener:
        for _ in range(10):
            await asyncio.sleep(0.001)

    assert ([], False) == (records, listener.is_silent)


async def test_what_is_not_read_is_not_silent_and_is_so_as_long_after_it_is_read_again() -> None:
    records: list[Captured] = []
    reading = ReadingClock()
    reading.hold_back(0)
    async with listening(5_000_000, records, reading) as listener:
        for _ in range(10):
            await asyncio.sleep(0.001)
        assert not listener.is_silent
        reading.go_on(time.monotonic_ns())
        await until(lambda: listener.is_silent)
