"""A websocket that delivers its messages many at a time: all that one read has brought.

The library opens it, keeps it alive and closes it, and reads everything but plain messages.
Those, which are nearly all, are cut out of the bytes here, at a tenth of the cost.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import DATA_OPCODES, CloseCode, Frame
from websockets.http11 import Request, Response
from websockets.protocol import State

from zreplay.live.feed_frames import (
    MAX_HEAD_BYTES,
    frame_bytes,
    is_control,
    is_final,
    plain_messages,
)
from zreplay.live.reading_clock import ReadingClock

MAX_MESSAGE_BYTES: Final = 1024 * 1024
HEAD_END: Final = b"\r\n\r\n"

Deliver = Callable[[list[bytes]], None]


class FeedSocket(ClientConnection):
    """Gives every message to `deliver_to`'s function, none to `recv`, which waits for the end."""

    def __init__(
        self, *arguments: Any, clock: Callable[[], int] = time.monotonic_ns, **more: Any
    ) -> None:
        super().__init__(*arguments, **more)
        self.reading = ReadingClock()
        """By which an answer to us is late."""
        self._clock = clock
        self._is_read = asyncio.Event()
        self._is_read.set()
        self._deliver: Deliver | None = None
        self._early: list[bytes] = []
        self._is_cut_here = False
        self._is_in_fragments = False
        self._last_of_head = b""
        self._rest = b""
        self._fragments = bytearray()

    def deliver_to(self, deliver: Deliver) -> None:
        """Give `deliver` what has arrived and what will."""
        self._deliver = deliver
        if self._early:
            deliver(self._early)
            self._early = []

    def hold_back(self) -> None:
        """Read nothing more until `go_on`: the sender must wait."""
        self.transport.pause_reading()
        self.reading.hold_back(self._clock())
        self._is_read.clear()

    def go_on(self) -> None:
        self.reading.go_on(self._clock())
        self.transport.resume_reading()
        self._is_read.set()

    async def keepalive(self) -> None:
        """Ping as the library does, but by the time that is read: the pong is behind the rest.

        None is sent while nothing is read: to a server that hung up it would end in an error, and
        what is left to be read be lost.
        """
        assert self.ping_interval is not None and self.ping_timeout is not None
        while True:
            await asyncio.sleep(self.ping_interval)
            await self._is_read.wait()
            if not await self._is_answered(await self.ping(), self.ping_timeout):
                async with self.send_context():
                    self.protocol.fail(CloseCode.INTERNAL_ERROR, "keepalive ping timeout")

    async def catch_up(self, within_seconds: float) -> bool:
        """Wait until all is read that was sent until now: the answer to a ping is behind it.

        Return False if it does not come within so much time that was read, or the connection ends.
        """
        await self._is_read.wait()
        try:
            pong = asyncio.ensure_future(await self.ping())
            if await self._is_answered(pong, within_seconds):
                await pong
                return True
            pong.cancel()
        except ConnectionClosed:
            pass
        return False

    async def _is_answered(self, pong: Awaitable[float], within_seconds: float) -> bool:
        pong = asyncio.ensure_future(pong)
        late_ns = self.reading.read_ns(self._clock()) + round(within_seconds * 1e9)
        while not pong.done() and (left_ns := late_ns - self.reading.read_ns(self._clock())) > 0:
            await asyncio.wait([pong], timeout=left_ns / 1e9)
            await self._is_read.wait()
        return pong.done()

    def data_received(self, data: bytes) -> None:
        """Take what the socket read: the answer to the handshake first, then frames."""
        if self._is_cut_here:
            self._take(data)
        elif self.state is State.CONNECTING:
            self._open(data)
        else:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end, and let go of what holds itself: a collection comes seldom."""
        super().connection_lost(exc)
        self.protocol.parser.close()
        if self.protocol.parser_exc is not None:  # its traceback has the frames of the parser
            self.protocol.parser_exc.__traceback__ = None

    def process_event(self, event: Request | Response | Frame) -> None:
        """Take a message that the library has read, a fragment at a time."""
        if not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
            return
        self._fragments += event.data
        if event.fin:
            self._give([bytes(self._fragments)])
            self._fragments.clear()

    def _open(self, data: bytes) -> None:
        """Let the library read the response; cut up what follows it here, if it was accepted."""
        seen = self._last_of_head + data
        end = seen.find(HEAD_END)
        if end < 0:
            self._last_of_head = seen[1 - len(HEAD_END) :]
            super().data_received(data)
            return
        rest = seen[end + len(HEAD_END) :]
        super().data_received(data[: len(data) - len(rest)])
        self._is_cut_here = self.state is State.OPEN and not self.protocol.extensions
        if rest:
            self.data_received(rest)

    def _take(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        start = self._cut(data)
        if self._is_cut_here:
            self._rest = data[start:]
        else:
            self._rest = b""
            super().data_received(data[start:])

    def _cut(self, data: bytes) -> int:
        """Deliver plain messages, leave whole other frames to the library; return the end."""
        start = 0
        while self._is_cut_here:
            if not self._is_in_fragments:
                messages, start = plain_messages(data, start)
                if messages:
                    self._give(messages)
            size = frame_bytes(data, start)
            if size is None:
                break
            if not size or size > MAX_MESSAGE_BYTES + MAX_HEAD_BYTES:
                self._is_cut_here = False  # the library reports what is wrong with it, and closes
                break
            if start + size > len(data):
                break
            if not is_control(data[start]):
                self._is_in_fragments = not is_final(data[start])
            super().data_received(data[start : start + size])
            start += size
            self._is_cut_here = self.state is State.OPEN
        return start

    def _give(self, messages: list[bytes]) -> None:
        if self._deliver is None:
            self._early += messages
        else:
            self._deliver(messages)
