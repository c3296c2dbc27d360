"""However the bytes of a feed are split, its messages come out whole, once and in order."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from tests.depth import few
from tests.zreplay.feed_server import until
from zreplay.live import feed_socket
from zreplay.live.feed_socket import FeedSocket

MESSAGES = st.lists(
    st.tuples(st.sampled_from(["plain", "fragments", "ping"]), st.binary(min_size=1, max_size=300)),
    max_size=12,
)


class FakeTransport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_reading_now = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        self.is_reading_now = False

    def resume_reading(self) -> None:
        self.is_reading_now = True

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


class Pair:
    """A socket and the bytes of the server on the other side."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.socket = FeedSocket(
            ClientProtocol(parse_uri("ws://x")),
            ping_interval=0.001,
            ping_timeout=0.001,
            clock=lambda: self.now_ns,
        )
        self.transport = FakeTransport()
        self.socket.connection_made(self.transport)
        self.messages: list[bytes] = []
        self._server = ServerProtocol()

    def answer(self) -> bytes:
        """Return what the server says to the handshake that the socket asked for."""
        self.socket.protocol.send_request(self.socket.protocol.connect())
        self._server.receive_data(b"".join(self.socket.protocol.data_to_send()))
        (request,) = self._server.events_received()
        self._server.send_response(self._server.accept(request))  # type: ignore[arg-type]
        return b"".join(self._server.data_to_send())

    def opcodes(self, start: int) -> list[int]:
        """Return which frames were sent behind the first `start` bytes."""
        found, written = [], self.transport.written
        while start < len(written):
            found.append(written[start] & 0x0F)
            start += 2 + 4 + (written[start + 1] & 0x7F)
        return found

    def listen(self) -> None:
        self.socket.deliver_to(lambda messages: self.messages.extend(messages))


def frames_of(kind: str, payload: bytes) -> Iterator[bytes]:
    if kind == "plain":
        yield Frame(Opcode.TEXT, payload).serialize(mask=False)
        return
    if kind == "ping":
        yield Frame(Opcode.PING, payload[:100]).serialize(mask=False)
        return
    half = len(payload) // 2
    yield Frame(Opcode.BINARY, payload[:half], fin=False).serialize(mask=False)
    yield Frame(Opcode.PING, b"between").serialize(mask=False)
    yield Frame(Opcode.CONT, payload[half:]).serialize(mask=False)


def in_pieces(data: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    for start, end in zip(places, places[1:], strict=False):
        yield data[start:end]


@settings(max_examples=few(20), deadline=None)
@given(MESSAGES, st.lists(st.integers(0, 10_000), max_size=20))
def test_every_message_comes_whole_once_and_in_order(
    sent: list[tuple[str, bytes]], cuts: list[int]
) -> None:
    async def play() -> list[bytes]:
        pair = Pair()
        data = pair.answer() + b"".join(b"".join(frames_of(*message)) for message in sent)
        pair.listen()
        for piece in in_pieces(data, cuts):
            pair.socket.data_received(piece)
        return pair.messages

    assert [payload for kind, payload in sent if kind != "ping"] == asyncio.run(play())


async def test_what_comes_with_the_answer_waits_until_somebody_listens() -> None:
    pair = Pair()
    pair.socket.data_received(pair.answer() + b"".join(frames_of("plain", b"early")))
    assert [] == pair.messages

    pair.listen()

    assert [b"early"] == pair.messages


async def test_a_connection_that_was_lost_is_freed_without_a_collection() -> None:
    pair = Pair()
    pair.socket.data_received(pair.answer())
    protocol = weakref.ref(pair.socket.protocol)
    gc.disable()
    try:
        pair.socket.connection_lost(None)
        del pair.socket
        await asyncio.sleep(0)

        assert None is protocol()
    finally:
        gc.enable()


async def test_a_ping_is_answered() -> None:
    pair = Pair()
    pair.socket.data_received(pair.answer())
    before = len(pair.transport.written)
    pair.socket.data_received(b"".join(frames_of("ping", b"are you there")))

    pong = bytes(pair.transport.written[before:])
    assert Opcode.PONG == pong[0] & 0x0F


async def test_behind_a_close_nothing_is_a_message_any_more() -> None:
    pair = Pair()
    pair.socket.data_received(pair.answer())
    pair.listen()
    close = Frame(Opcode.CLOSE, Close(1000, "done").serialize()).serialize(mask=False)
    plain = b"".join(frames_of("plain", b"x"))
    pair.socket.data_received(plain + close + plain)

    assert [b"x"] == pair.messages
    assert State.CLOSING == pair.socket.state


@pytest.mark.parametrize("size", [feed_socket.MAX_MESSAGE_BYTES + 100, 2**62])
async def test_a_message_that_is_too_long_is_refused_before_it_has_come(size: int) -> None:
    pair = Pair()
    pair.socket.data_received(pair.answer())
    pair.listen()
    pair.socket.data_received(bytes([0x81, 127]) + size.to_bytes(8) + b"x")

    assert State.CLOSING == pair.socket.state
    assert pair.socket.protocol.close_sent is not None
    assert 1009 == pair.socket.protocol.close_sent.code


async def test_holding_back_stops_the_reading_until_it_goes_on() -> None:
    pair = Pair()
    pair.socket.hold_back()
    assert not pair.transport.is_reading_now

    pair.socket.go_on()

    assert pair.transport.is_reading_now


@asynccontextmanager
async def pinging() -> AsyncIterator[tuple[Pair, int]]:
    """Give a pair that is kept alive, and how many bytes it had sent before."""
    pair = Pair()
    pair.socket.data_received(pair.answer())
    keeping = asyncio.create_task(pair.socket.keepalive())
    yield pair, len(pair.transport.written)
    keeping.cancel()
    await asyncio.wait([keeping])


async def some_ms() -> None:
    """Let pass several times as long as an answer may take, by the clock of the event loop."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await until(lambda: loop.time() - began > 0.01)


async def test_a_pong_is_late_by_the_time_that_was_read_only() -> None:
    async with pinging() as (pair, start):
        await until(lambda: pair.opcodes(start) == [Opcode.PING])
        pair.socket.hold_back()
        pair.now_ns += 3600 * 10**9
        await some_ms()
        pair.socket.go_on()
        await some_ms()
        assert [Opcode.PING] == pair.opcodes(start)

        pair.now_ns += 1_000_000
        await until(lambda: pair.opcodes(start) == [Opcode.PING, Opcode.CLOSE])

    assert pair.socket.protocol.close_sent is not None
    assert 1011 == pair.socket.protocol.close_sent.code


async def test_while_nothing_is_read_no_ping_is_sent_that_nobody_would_hear_answered() -> None:
    async with pinging() as (pair, start):
        pair.socket.hold_back()
        await some_ms()
        assert [] == pair.opcodes(start)
        pair.socket.go_on()
        await until(lambda: pair.opcodes(start) == [Opcode.PING])


async def test_what_was_sent_until_now_is_read_once_a_ping_is_answered_after_any_hold() -> None:
    pair = Pair()
    pair.socket.data_received(pair.answer())
    start = len(pair.transport.written)
    pair.socket.hold_back()
    reading = asyncio.create_task(pair.socket.catch_up(0.001))
    await some_ms()
    assert [] == pair.opcodes(start)
    pair.socket.go_on()
    await until(lambda: pair.opcodes(start) == [Opcode.PING])
    pair.socket.hold_back()
    pair.now_ns += 3600 * 10**9
    pair.socket.go_on()
    await some_ms()
    assert not reading.done()
    (ping,) = pair.socket.pending_pings
    pair.socket.data_received(bytes([0x8A, len(ping)]) + ping)

    assert await reading


async def test_one_that_ends_or_does_not_answer_in_time_is_not_read_to_its_end() -> None:
    for is_ended in (False, True):
        pair = Pair()
        pair.socket.data_received(pair.answer())
        start = len(pair.transport.written)
        reading = asyncio.create_task(pair.socket.catch_up(0.001))
        await until(lambda pair=pair, start=start: pair.opcodes(start) == [Opcode.PING])
        if is_ended:
            pair.socket.connection_lost(None)
        else:
            pair.now_ns += 1_000_000

        assert not await reading
