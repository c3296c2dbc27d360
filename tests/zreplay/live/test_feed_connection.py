"""A connection comes back by itself, ends when released, and reports what was missed."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest

from tests.zreplay.feed_server import FeedServer, kinds, until
from tests.zreplay.venue_server import VenueServer, okx, okx_quote
from zreplay.live import feed_connection, plain_listener
from zreplay.live.back_off import BackOff
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.feed_connection import (
    CONNECTED,
    OFF,
    RECONNECTING,
    FeedConnection,
)
from zreplay.live.feed_socket import FeedSocket
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.gap import Gap
from zreplay.live.host_budget import HostBudget
from zreplay.live.known_venues import venue_of


class FakeQueue:
    """Takes records, or holds the connection back."""

    def __init__(self) -> None:
        self.records: list[Captured] = []
        self.has_room = asyncio.Event()
        self.has_room.set()

    @property
    def is_full(self) -> bool:
        return not self.has_room.is_set()

    async def room(self) -> None:
        await self.has_room.wait()

    end_offset = 0

    def is_long_since(self, offset: int) -> bool:
        return False

    def on_held_back(self) -> None:
        assert self.is_full

    def put(self, record: Captured) -> None:
        self.records.append(record)


class QuickBackOff(BackOff):
    """Counts what it would have waited and waits nothing."""

    waits_ns: list[int] = []

    def next_wait_ns(self, chance: float, told_ns: int = 0) -> int:
        self.waits_ns.append(super().next_wait_ns(1.0, told_ns))
        return 0


class QuickHost(HostBudget):
    """Counts what it would have waited and waits nothing."""

    waits_ns: list[int] = []

    def take(self, now_ns: int) -> int:
        self.waits_ns.append(super().take(now_ns))
        return 0


@pytest.fixture(autouse=True)
def host_waits_ns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    waits_ns: list[int] = []
    monkeypatch.setattr(QuickHost, "waits_ns", waits_ns)
    monkeypatch.setattr(feed_connection, "HostBudget", QuickHost)
    return waits_ns


@pytest.fixture(autouse=True)
def waits_ns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    waits_ns: list[int] = []
    monkeypatch.setattr(QuickBackOff, "waits_ns", waits_ns)
    monkeypatch.setattr(feed_connection, "BackOff", QuickBackOff)
    return waits_ns


@asynccontextmanager
async def running(
    url: str,
    queue: FakeQueue,
    last: Captured | None = None,
    silent_after_ns: int = 0,
    talk: FeedTalk | None = None,
) -> AsyncIterator[FeedConnection]:
    connection = FeedConnection(
        *(url, queue, last),  # type: ignore[arg-type]
        talk=talk,
        silent_after_ns=silent_after_ns,
    )
    task = asyncio.create_task(connection.run())
    yield connection
    connection.release("test ended")
    await until(lambda: connection.state == OFF)
    task.cancel()
    await asyncio.wait([task])


async def test_what_is_received_is_put_in_order_text_and_binary_alike() -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        connection.want()
        await until(lambda: bool(server.accepted))
        await server.accepted[0].send("first")
        await server.accepted[0].send(b"second")
        await until(lambda: connection.messages == 2)

    assert [
        (RecordKind.CONNECTED, server.url),
        (RecordKind.MESSAGE, "first"),
        (RecordKind.MESSAGE, "second"),
        (RecordKind.DISCONNECTED, "test ended"),
    ] == kinds(queue.records)
    assert queue.records[2].recv_ns == connection.last_message_ns


async def test_a_lost_connection_is_made_again_and_its_gap_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        connection.want()
        await until(lambda: len(server.accepted) == 1)
        await server.accepted[0].close(1011, "maintenance")
        await until(lambda: len(server.accepted) == 2 and connection.state == CONNECTED)
        await server.accepted[1].send("again")
        await until(lambda: connection.messages == 1)
        assert 1 == connection.reconnects

    lost = "the server closed the connection: 1011 (internal error) maintenance"
    assert [
        (RecordKind.CONNECTED, server.url),
        (RecordKind.DISCONNECTED, lost),
        (RecordKind.CONNECTED, server.url),
        (RecordKind.MESSAGE, "again"),
        (RecordKind.DISCONNECTED, "test ended"),
    ] == kinds(queue.records)
    gap = Gap.unpack(next(r.payload for r in queue.records if r.kind is RecordKind.GAP))
    assert (server.url, "", lost, connection.last_message_ns) == (
        gap.feed,
        gap.venue,
        gap.reason,
        gap.to_ns,
    )
    gaps = [r.fields for r in caplog.records if r.getMessage() == "live gap"]
    assert [{"url", "from", "to", "reason"}] == [set(gap) for gap in gaps]
    assert lost == gaps[0]["reason"]


async def test_a_gap_that_a_mode_made_is_said_and_is_neither_a_warning_nor_a_reconnect(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        for count in (1, 2):
            connection.want()
            await until(lambda count=count: len(server.accepted) == count)
            await until(lambda: connection.state == CONNECTED)
            await server.accepted[-1].send("a message")
            await until(lambda count=count: connection.messages == count)
            connection.release("mode")
            await until(lambda: connection.state == OFF)

    gaps = [r for r in caplog.records if r.getMessage() == "live gap"]
    assert [("INFO", "mode")] == [(gap.levelname, gap.fields["reason"]) for gap in gaps]
    assert 0 == connection.reconnects


async def test_the_first_connection_ends_the_gap_that_an_earlier_process_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    second_ns = 1_000_000_000
    for kind, reason in (
        (RecordKind.DISCONNECTED, "mode"),
        (RecordKind.MESSAGE, "the replayer was killed"),
    ):
        caplog.clear()
        queue, server = FakeQueue(), FeedServer()
        last = Captured(kind, second_ns, b"mode")
        async with server.running(), running(server.url, queue, last) as connection:
            connection.want()
            await until(lambda connection=connection: connection.state == CONNECTED)
            await server.accepted[0].send("a message")
            await until(lambda connection=connection: connection.messages == 1)

        gaps = [r.fields for r in caplog.records if r.getMessage() == "live gap"]
        assert [("1970-01-01 00:00:01.000", reason)] == [(g["from"], g["reason"]) for g in gaps]


async def test_a_server_that_accepts_and_closes_is_asked_ever_more_rarely(
    waits_ns: list[int],
) -> None:
    server = FeedServer()
    server.closes_at_once = True
    async with server.running(), running(server.url, FakeQueue()) as connection:
        connection.want()
        await until(lambda: len(waits_ns) >= 4)

    assert [250, 500, 1000, 2000] == [ns // 1_000_000 for ns in waits_ns[:4]]


async def test_a_feed_that_is_down_is_tried_until_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running():
        pass
    async with running(server.url, queue) as connection:
        connection.want()
        await until(lambda: connection.state == RECONNECTING and bool(connection.last_error))
        async with server.running():
            await until(lambda: connection.state == CONNECTED)
            connection.release("mode")
            await until(lambda: connection.state == OFF)

    downs = [r for r in caplog.records if r.getMessage() == "feed not connected"]
    assert 1 == len(downs), "said once, however often it was tried"


async def test_a_server_that_goes_away_is_one_line(
    waits_ns: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    server = FeedServer()
    async with server.running():
        pass
    async with running(server.url, FakeQueue()) as connection:
        async with server.running():
            connection.want()
            await until(lambda: connection.state == CONNECTED)
        await until(lambda: connection.last_error.startswith("nobody"))

        server.refuse_with = HTTPStatus.UNAUTHORIZED
        async with server.running():
            await until(lambda: "401" in connection.last_error)

    downs = [r.fields["reason"] for r in caplog.records if r.getMessage() == "feed not connected"]
    assert [
        "the server closed the connection: 1001 (going away)",
        "the server answered HTTP 401",
    ] == downs


@pytest.mark.parametrize(
    ("status", "first_wait_ms"),
    [
        (HTTPStatus.UNAUTHORIZED, 8000),
        (HTTPStatus.FORBIDDEN, 8000),
        (HTTPStatus.TOO_MANY_REQUESTS, 3000),
        (HTTPStatus.SERVICE_UNAVAILABLE, 3000),
    ],
)
async def test_a_refusal_is_told_and_tried_again_later(
    waits_ns: list[int], status: HTTPStatus, first_wait_ms: int
) -> None:
    server = FeedServer()
    server.refuse_with = status
    async with server.running(), running(server.url, FakeQueue()) as connection:
        connection.want()
        await until(lambda: len(waits_ns) >= 1)
        assert f"the server answered HTTP {status.value}" == connection.last_error
        server.refuse_with = None
        await until(lambda: connection.state == CONNECTED)

    assert first_wait_ms == waits_ns[0] // 1_000_000


@pytest.mark.parametrize(
    ("retry_after", "first_wait_ms"),
    [
        (["9" * 5000], 120_000),
        (["0" * 5000 + "3"], 3000),
        (["soon", "4"], 4000),
        (["٣"], 250),
        (["Wed, 21 Oct 2026 07:28:00 GMT"], 250),
        ([], 250),
    ],
)
async def test_whatever_a_server_says_of_when_to_come_back_it_is_tried_again(
    waits_ns: list[int], retry_after: list[str], first_wait_ms: int
) -> None:
    server = FeedServer()
    server.refuse_with, server.retry_after = HTTPStatus.SERVICE_UNAVAILABLE, retry_after
    async with server.running(), running(server.url, FakeQueue()) as connection:
        connection.want()
        await until(lambda: len(waits_ns) >= 1)
        server.refuse_with = None
        await until(lambda: connection.state == CONNECTED)

    assert first_wait_ms == waits_ns[0] // 1_000_000


async def test_what_the_server_says_of_too_many_tries_is_asked_of_the_host_before_the_next(
    host_waits_ns: list[int],
) -> None:
    server = FeedServer()
    server.refuse_with, server.retry_after = HTTPStatus.TOO_MANY_REQUESTS, []
    async with server.running(), running(server.url, FakeQueue()) as connection:
        connection.want()
        await until(lambda: len(host_waits_ns) == 3)

    assert [0, 16, 32] == [round(ns / 1e9) for ns in host_waits_ns[:3]]


async def test_a_full_queue_holds_the_websocket_back() -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        connection.want()
        await until(lambda: bool(server.accepted))
        queue.has_room.clear()
        await server.accepted[0].send("0")
        await until(lambda: connection.messages == 1)
        for number in range(1, 5):
            await server.accepted[0].send(str(number))
        assert (await server.accepted[0].ping()) is not None
        assert 1 == connection.messages
        queue.has_room.set()
        await until(lambda: connection.messages == 5)

    texts = [text for kind, text in kinds(queue.records) if kind is RecordKind.MESSAGE]
    assert ["0", "1", "2", "3", "4"] == texts


async def test_to_be_held_back_for_longer_than_a_pong_may_take_costs_neither_quotes_nor_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sockets: list[FeedSocket] = []
    hours = [0]

    class Clocked(FeedSocket):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, clock=lambda: hours[0] * 3600 * 10**9, **more)
            sockets.append(self)

    monkeypatch.setattr(feed_connection, "FeedSocket", Clocked)
    for name in ("PING_SECONDS", "PONG_SECONDS", "CLOSE_SECONDS"):
        monkeypatch.setattr(feed_connection, name, 0.01)
    queue, server, loop = FakeQueue(), FeedServer(), asyncio.get_running_loop()
    async with server.running(), running(server.url, queue) as connection:
        connection.want()
        await until(lambda: bool(server.accepted))
        (ours,) = server.accepted
        ours.transport.pause_reading()
        await until(lambda: bool(sockets[0].pending_pings))
        queue.has_room.clear()
        await ours.send("0")
        await until(lambda: connection.messages == 1)
        for number in range(1, 1000):
            await ours.send(str(number))
        ours.transport.resume_reading()
        hours[0] += 1
        held = loop.time()
        await until(lambda: loop.time() - held > 0.1)
        queue.has_room.set()
        await until(lambda: connection.messages == 1000)
        await until(lambda: not sockets[0].pending_pings)
        await ours.send("1000")
        await until(lambda: connection.messages == 1001)

    expected = [(RecordKind.MESSAGE, str(number)) for number in range(1001)]
    connected = (RecordKind.CONNECTED, server.url)
    assert [connected, *expected, (RecordKind.DISCONNECTED, "test ended")] == kinds(queue.records)
    assert 1 == len(server.accepted)


async def test_a_hold_that_begins_while_a_connection_is_replaced_costs_nothing_of_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_connection, "CLOSE_SECONDS", 0.01)
    talk = FeedTalk(venue_of("okx"), ["A-B"], 0)
    queue, server, loop = FakeQueue(), VenueServer(okx), asyncio.get_running_loop()
    quotes = [okx_quote("A-B", number, 10_000) for number in range(1, 201)]
    async with server.running(), running(server.url, queue, talk=talk) as connection:
        connection.want()
        await until(lambda: len(server.asked) == 1)
        await server.send(quotes[0], '{"event":"notice","code":"64008","msg":"soon closed"}')
        await until(lambda: len(server.asked) == 2)
        await until(lambda: connection.messages == 4)  # the quote, the notice, two answers
        old, new = server.accepted
        queue.has_room.clear()
        await old.send(quotes[1])
        await until(lambda: quotes[1] in messages_of(queue))
        for each in quotes[2:-1]:
            await old.send(each)
        await new.send(quotes[-1])
        await until(lambda: quotes[-1] in messages_of(queue))
        held = loop.time()
        await until(lambda: loop.time() - held > 0.05)
        queue.has_room.set()
        await old.wait_closed()
        await until(lambda: any(r.payload == b"replaced" for r in queue.records))

    assert set(quotes) <= set(messages_of(queue))


def messages_of(queue: FakeQueue) -> list[str]:
    return [text for kind, text in kinds(queue.records) if kind is RecordKind.MESSAGE]


async def test_a_feed_that_is_held_back_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_listener, "LOOK_SECONDS", 0.001)
    queue, server, loop = FakeQueue(), FeedServer(), asyncio.get_running_loop()
    async with (
        server.running(),
        running(server.url, queue, silent_after_ns=5_000_000) as connection,
    ):
        connection.want()
        await until(lambda: bool(server.accepted))
        queue.has_room.clear()
        await server.accepted[0].send("0")
        await until(lambda: connection.messages == 1)
        held = loop.time()
        await until(lambda: loop.time() - held > 0.1)
        assert not connection.plain.is_silent
        queue.has_room.set()
        await until(lambda: connection.plain.is_silent)


async def test_a_release_is_quick_while_the_server_hangs_in_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"ws://127.0.0.1:{mute.getsockname()[1]}"
        async with running(url, FakeQueue()) as connection:
            connection.want()
            await until(lambda: connection.state != OFF)
            began = asyncio.get_running_loop().time()
            connection.release("mode")
            await until(lambda: connection.state == OFF)
            assert asyncio.get_running_loop().time() - began < 0.2


async def test_a_quick_change_of_mind_never_makes_two_connections_at_once() -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        for count in range(1, 7):
            connection.want()
            await until(lambda count=count: len(kinds(queue.records)) == 2 * count - 1)
            connection.release("mode")

    expected = [RecordKind.CONNECTED, RecordKind.DISCONNECTED] * 6
    assert expected == [kind for kind, _ in kinds(queue.records)]


async def test_a_message_that_is_too_long_costs_the_connection_not_the_feed() -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        connection.want()
        await until(lambda: bool(server.accepted))
        await server.accepted[0].send("x" * (feed_connection.MAX_MESSAGE_BYTES + 1))
        await until(lambda: len(server.accepted) == 2)

    assert "1009 (message too big)" in kinds(queue.records)[1][1]


async def test_a_message_of_the_greatest_length_is_taken() -> None:
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        connection.want()
        await until(lambda: bool(server.accepted))
        await server.accepted[0].send("x" * feed_connection.MAX_MESSAGE_BYTES)
        await until(lambda: connection.messages == 1)

    assert feed_connection.MAX_MESSAGE_BYTES == len(kinds(queue.records)[1][1])


async def test_a_server_that_does_not_answer_the_handshake_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_connection, "OPEN_SECONDS", 0.001)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"ws://127.0.0.1:{mute.getsockname()[1]}"
        async with running(url, FakeQueue()) as connection:
            connection.want()
            await until(lambda: connection.state == RECONNECTING)

    assert "timed out during opening handshake" == connection.last_error


async def test_a_server_that_answers_no_ping_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_connection, "PING_SECONDS", 0.01)
    monkeypatch.setattr(feed_connection, "PONG_SECONDS", 0.01)
    queue, server = FakeQueue(), FeedServer()
    async with server.running(), running(server.url, queue) as connection:
        connection.want()
        await until(lambda: bool(server.accepted))
        server.accepted[0].transport.pause_reading()
        await until(lambda: len(server.accepted) == 2)

    kind, reason = kinds(queue.records)[1]
    assert (RecordKind.DISCONNECTED, True) == (kind, "1011" in reason)


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "zreplay")
