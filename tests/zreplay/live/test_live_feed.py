"""The feed captures while connected, on a thread of its own, and ends on request."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.zreplay.feed_server import FeedServer, captured, kinds, until
from zreplay.live import capture_queue
from zreplay.live.capture import (
    DISK_FULL,
    CaptureWriter,
    Problem,
)
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.feed_address import FeedAddress
from zreplay.live.gap import Gap
from zreplay.live.host_budget import HostBudget
from zreplay.live.live_feed import LiveFeed


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[CaptureWriter]:
    writer = CaptureWriter(tmp_path / "capture.log", 1 << 40)
    yield writer
    writer.close()


def states(feed: LiveFeed) -> list[str]:
    return [status.state for status in feed.snapshot()]


async def test_messages_reach_the_capture_and_the_loop_is_woken(capture: CaptureWriter) -> None:
    server, wakes = FeedServer(), []
    async with server.running():
        feed = LiveFeed([FeedAddress(server.url)], capture, lambda: wakes.append(1))
        assert ["off"] == states(feed)
        feed.connect()
        await until(lambda: bool(server.accepted))
        for number in range(100):
            await server.accepted[0].send(str(number))
        await until(lambda: len(captured(capture.path)) == 101)
        status = feed.snapshot()[0]
        feed.disconnect()
        await until(lambda: states(feed) == ["off"])
        feed.close()

    assert wakes
    assert (server.url, "connected", 100, 0) == status[:4]
    assert [
        (RecordKind.CONNECTED, server.url),
        *((RecordKind.MESSAGE, str(number)) for number in range(100)),
        (RecordKind.DISCONNECTED, "mode"),
    ] == kinds(captured(capture.path))


async def test_nothing_is_connected_before_it_is_wanted_nor_after_disconnect(
    capture: CaptureWriter,
) -> None:
    server = FeedServer()
    async with server.running():
        feed = LiveFeed([FeedAddress(server.url)], capture, lambda: None)
        feed.disconnect()
        assert 0 == server.asked
        for _ in range(3):
            feed.connect()
            feed.connect()
            await until(lambda: states(feed) == ["connected"])
            feed.disconnect()
            await until(lambda: states(feed) == ["off"])
        feed.close()

    assert 3 == len(server.accepted)


async def test_every_address_is_captured(capture: CaptureWriter) -> None:
    servers = [FeedServer(), FeedServer()]
    async with servers[0].running(), servers[1].running():
        feed = LiveFeed([FeedAddress(server.url) for server in servers], capture, lambda: None)
        feed.connect()
        await until(lambda: all(server.accepted for server in servers))
        for server in servers:
            await server.accepted[0].send(server.url)
        await until(lambda: len(captured(capture.path)) == 4)
        feed.close()

    messages = [text for kind, text in kinds(captured(capture.path)) if kind is RecordKind.MESSAGE]
    assert {server.url for server in servers} == set(messages)


async def test_closing_while_connected_writes_the_end_and_is_quick(
    capture: CaptureWriter,
) -> None:
    server = FeedServer()
    async with server.running():
        feed = LiveFeed([FeedAddress(server.url)], capture, lambda: None)
        feed.connect()
        await until(lambda: states(feed) == ["connected"])
        began = time.monotonic()
        feed.close()
        took = time.monotonic() - began

    assert took < 0.5
    assert (RecordKind.DISCONNECTED, "the replayer ended") == kinds(captured(capture.path))[-1]


async def test_a_feed_that_nobody_serves_is_missing_from_the_very_first_start_on(
    capture: CaptureWriter,
) -> None:
    before_ns = time.time_ns()
    feed = LiveFeed([FeedAddress("ws://127.0.0.1:1")], capture, lambda: None)
    feed.connect()
    await until(lambda: bool(feed.snapshot()[0].last_error))
    feed.close()
    records = captured(capture.path)
    gaps = [(r.kind.name, Gap.unpack(r.payload)) for r in records[:-1]]

    refused = "nobody listens there: connection refused"
    assert [("LOST", refused), ("GAP", refused), ("LOST", "the replayer ended")] == list(
        dict.fromkeys((kind, gap.reason) for kind, gap in gaps)  # a LOST stands at each head
    )
    assert 1 == len({gap.from_ns for _, gap in gaps if gap.reason == refused})
    assert before_ns <= gaps[0][1].from_ns
    assert (RecordKind.DISCONNECTED, b"the replayer ended", 0) == (
        *(records[-1].kind, records[-1].payload),
        records[-1].connection,
    )


async def test_what_a_feed_lacked_that_is_not_asked_any_more_is_over_in_the_next_run(
    tmp_path: Path,
) -> None:
    gap = Gap("ws://gone", "", 5, None, "cut")
    earlier = CaptureWriter(tmp_path / "c", 1 << 40)
    assert earlier.append([Captured(RecordKind.LOST, 7, gap.pack(), 3)]) is None
    earlier.close()
    writer, server = CaptureWriter(tmp_path / "c", 1 << 40), FeedServer()
    async with server.running():
        feed = LiveFeed([FeedAddress(server.url)], writer, lambda: None)
        feed.connect()
        await until(lambda: states(feed) == ["connected"])
        feed.disconnect()
        await until(lambda: states(feed) == ["off"])
        feed.connect()
        await until(lambda: states(feed) == ["connected"])
        feed.close()
    writer.close()
    told = [Gap.unpack(r.payload) for r in captured(tmp_path / "c") if r.kind is RecordKind.GAP]

    assert [5] == [each.from_ns for each in told if each.feed == gap.feed]
    again = CaptureWriter(tmp_path / "c", 1 << 40)
    assert "ws://gone" not in [Gap.unpack(each.payload).feed for each in again.lost]
    again.close()


def test_a_feed_that_never_connected_closes_and_captures_nothing(
    capture: CaptureWriter,
) -> None:
    feed = LiveFeed([FeedAddress("ws://127.0.0.1:1")], capture, lambda: None)
    feed.close()
    feed.close()

    assert [] == captured(capture.path)


async def test_a_full_disk_is_the_state_and_its_reason(
    capture: CaptureWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FeedServer()
    problem = Problem(DISK_FULL, "no space")
    async with server.running():
        with monkeypatch.context() as patch:
            patch.setattr(capture, "append", lambda records: problem)
            feed = LiveFeed([FeedAddress(server.url)], capture, lambda: None)
            feed.connect()
            await until(lambda: states(feed) == [DISK_FULL])
            assert "no space" == feed.snapshot()[0].last_error == feed.stuck
        await until(lambda: states(feed) == ["connected"])
        assert "" == feed.stuck
        feed.close()

    assert [RecordKind.CONNECTED, RecordKind.DISCONNECTED] == [
        kind for kind, _ in kinds(captured(capture.path))
    ]


async def test_what_a_full_disk_held_back_is_tried_once_more_at_the_end(
    capture: CaptureWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture_queue, "FIRST_RETRY_SECONDS", 60.0)
    server = FeedServer()
    async with server.running():
        with monkeypatch.context() as patch:
            patch.setattr(capture, "append", lambda records: Problem(DISK_FULL, "no space"))
            feed = LiveFeed([FeedAddress(server.url)], capture, lambda: None)
            feed.connect()
            await until(lambda: states(feed) == [DISK_FULL])
        feed.close()

    assert [RecordKind.CONNECTED, RecordKind.DISCONNECTED] == [
        kind for kind, _ in kinds(captured(capture.path))
    ]


def test_a_failure_of_the_thread_is_raised_to_who_asks_next(capture: CaptureWriter) -> None:
    feed = LiveFeed([FeedAddress("ws://127.0.0.1:1")], capture, lambda: None)
    error = ValueError("a bug")
    feed._failure = error
    with pytest.raises(RuntimeError, match="the live feed failed") as raised:
        feed.snapshot()
    assert error is raised.value.__cause__
    feed.close()


async def test_feeds_of_one_host_share_what_it_said_and_others_do_not(
    capture: CaptureWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[int, HostBudget] = {}
    take = HostBudget.take

    def counted(host: HostBudget, now_ns: int) -> int:
        asked[id(host)] = host
        return take(host, now_ns)

    monkeypatch.setattr(HostBudget, "take", counted)
    one, other = FeedServer(), FeedServer()
    async with one.running(), other.running():
        urls = (f"{one.url}/a", f"{one.url.replace('ws://', 'ws://user:secret@')}/b", other.url)
        feed = LiveFeed([FeedAddress(url) for url in urls], capture, lambda: None)
        feed.connect()
        await until(lambda: states(feed) == ["connected"] * 3)
        feed.close()

    assert 2 == len(asked)
