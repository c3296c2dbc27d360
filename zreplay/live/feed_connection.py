"""One live address: connects, receives, reconnects; until it is released.

Runs on the feed's event loop; the counts may be read from any thread.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from protocol.program.diagnostics import Log
from protocol.shown_address import shown_address
from zreplay.live.back_off import BackOff
from zreplay.live.capture_queue import CaptureQueue
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.feed_lines import FeedLines, Line
from zreplay.live.feed_reasons import is_loopback, reason_of, told_ns
from zreplay.live.feed_socket import MAX_MESSAGE_BYTES, FeedSocket
from zreplay.live.feed_speaker import FeedSpeaker
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.host_budget import HostBudget
from zreplay.live.plain_listener import PlainListener
from zreplay.live.token_address import TokenRefused, is_token_address, websocket_address

OFF: Final = "off"
CONNECTING: Final = "connecting"
CONNECTED: Final = "connected"
RECONNECTING: Final = "reconnecting"

OPEN_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 0.1
PING_SECONDS: Final = 5.0
PONG_SECONDS: Final = 10.0
REFUSALS: Final = (401, 403)
WAIT_JITTER: Final = 0.1
"""At most this share is added to a wait, so that the feeds of a host do not come at once."""

log = Log("zreplay")


class FeedConnection:
    """Keeps one websocket connected while wanted, and puts its messages into the queue.

    `url` is the address as it is shown. `last_captured` is the newest record of an earlier
    process: the first connection then ends a gap that began there. `talk` is what is said to a
    venue; `numbers` gives each connection its own; `host` is shared by all who connect there;
    `silent_after_ns` is for a feed of the plain shape, 0 is never.

    A connection to a venue that announces its end, or is old, is replaced: the next one is made
    before it is closed.
    """

    def __init__(
        self,
        address: str,
        queue: CaptureQueue,
        last_captured: Captured | None = None,
        url: str | None = None,
        talk: FeedTalk | None = None,
        numbers: Iterator[int] | None = None,
        lost: Iterable[Captured] = (),
        host: HostBudget | None = None,
        silent_after_ns: int = 0,
    ) -> None:
        self.url = shown_address(address) if url is None else url
        self._address = address
        self.state = OFF
        self.messages = 0
        self.last_message_ns: int | None = None
        self.last_error = ""
        self._is_loss_told = False
        self.next_try_ns: int | None = None
        self.plain = PlainListener(self.url, queue.put, silent_after_ns)
        """Of the plain shape; a venue is spoken to (zreplay/live/feed_speaker.py)."""
        self._lines = FeedLines(self.url, queue, talk, numbers, last_captured, lost)
        self._successor: asyncio.Task[int] | None = None
        self._queue = queue
        self._host = HostBudget() if host is None else host
        self._wanted = asyncio.Event()
        self._session: asyncio.Task[None] | None = None
        self._release_reason = ""

    @property
    def talk(self) -> FeedTalk | None:
        """What is said to the venue, None without one."""
        return self._lines.talk

    @property
    def reconnects(self) -> int:
        return self._lines.reconnects

    def want(self) -> None:
        """Connect, and reconnect after each loss."""
        self._lines.on_wanted()
        self._wanted.set()

    def release(self, reason: str) -> None:
        """Disconnect and stay disconnected; `reason` is recorded in the capture."""
        self._release_reason = reason
        self._wanted.clear()
        for task in (self._successor, self._session):
            if task is not None:
                task.cancel()

    async def run(self) -> None:
        """Follow `want` and `release`, forever."""
        while True:
            await self._wanted.wait()
            self._session = asyncio.create_task(self._stay_connected())
            await asyncio.wait([self._session])
            self.state, self.next_try_ns = OFF, None
            if not self._session.cancelled():
                self._session.result()

    async def _stay_connected(self) -> None:
        back_off = BackOff()
        self.state = CONNECTING
        try:
            while True:
                await self._queue.room()
                away_ns = await self._connect(back_off)
                while (successor := self._successor) is not None:
                    self._successor = None
                    away_ns = await successor
                self.state = RECONNECTING
                wait_ns = back_off.next_wait_ns(random.random(), away_ns)
                self.next_try_ns = time.time_ns() + wait_ns
                await asyncio.sleep(wait_ns / 1e9)
                self.next_try_ns = None
        finally:
            if self._successor is not None:
                self._successor.cancel()
                await asyncio.wait([self._successor])
                self._successor = None
            if not self._wanted.is_set():
                self._lines.on_released(self._release_reason)

    def _replace(self, line: Line, reason: str) -> None:
        """Begin to replace a connection that still delivers, unless one is being replaced."""
        if self._successor is None and not line.is_replaced:
            log.info("connection is being replaced", url=self.url, reason=reason)
            self._successor = asyncio.create_task(self._succeed(line))

    async def _succeed(self, old: Line) -> int:
        """Make the next connection while the old one lives; return as `_connect` does."""
        back_off = BackOff()
        while True:
            away_ns = await self._connect(back_off, old)
            if old.is_replaced or old.is_ended:
                return away_ns
            await asyncio.sleep(back_off.next_wait_ns(random.random(), away_ns) / 1e9)

    async def _connect(self, back_off: BackOff, old: Line | None = None) -> int:
        """Run one connection; return how long the server told us to stay away."""
        await self._turn()
        if old is not None:
            self._lines.announce(old)
        try:
            address = self._address
            if is_token_address(address):
                has_proxy = not is_loopback(address)
                address = await asyncio.to_thread(websocket_address, address, has_proxy=has_proxy)
            async with connect(
                address,
                proxy=None if is_loopback(address) else True,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PONG_SECONDS,
                max_size=MAX_MESSAGE_BYTES,
                compression=None,  # a loss of speed for messages as short as a quote
                create_connection=FeedSocket,
            ) as websocket:
                assert isinstance(websocket, FeedSocket)
                await self._receive(websocket, back_off, old)
        except InvalidStatus as error:
            status = error.response.status_code
            self._failed(f"the server answered HTTP {status}")
            return self._refused(back_off, status, error.response.headers.get_all("Retry-After"))
        except TokenRefused as error:
            self._failed(reason_of(error))
            return self._refused(back_off, error.status, error.retry_after)
        except (OSError, WebSocketException, ValueError, EOFError) as error:
            self._failed(reason_of(error), is_away=isinstance(error, ConnectionError))
        finally:
            if old is not None:
                self._lines.withdraw()
        return 0

    async def _turn(self) -> None:
        """Wait until the host may be asked for a connection."""
        while wait_ns := self._host.take(time.monotonic_ns()):
            wait_ns += int(wait_ns * WAIT_JITTER * random.random())
            if self.state != CONNECTED:
                self.next_try_ns = time.time_ns() + wait_ns
            await asyncio.sleep(wait_ns / 1e9)
        self.next_try_ns = None

    def _refused(self, back_off: BackOff, status: int, retry_after: list[str]) -> int:
        """Take a refusal; return how long the server told us to stay away."""
        away_ns = told_ns(retry_after, time.time_ns())
        self._host.on_refused(status, away_ns, time.monotonic_ns())
        if status in REFUSALS:
            back_off.on_refusal()
        return away_ns

    async def _receive(
        self, websocket: FeedSocket, back_off: BackOff, old: Line | None = None
    ) -> None:
        line, lines = self._lines.begin(websocket, old), self._lines
        self.state = CONNECTED
        self._host.on_accepted()
        talk, count = line.talk, 0
        reason = "the replayer failed"
        holding: asyncio.Task[None] | None = None
        listener: FeedSpeaker | PlainListener = self.plain
        if talk is None:
            self.plain.begin(line.number, websocket.reading)
        else:
            replace = partial(self._replace, line)
            is_long = partial(self._queue.is_long_since, self._queue.end_offset)
            listener = FeedSpeaker(
                *(talk, websocket, self._queue.put, line.number, replace, self.url, is_long)
            )
        listening = asyncio.create_task(listener.run())

        def on_messages(messages: list[bytes]) -> None:
            nonlocal holding, count
            self.last_message_ns = time.time_ns()
            self.messages += len(messages)
            count += len(messages)
            for message in messages:
                lines.put(line, RecordKind.MESSAGE, self.last_message_ns, message)
            listener.hear(messages, self.last_message_ns)
            lines.on_heard(line, self.last_message_ns)
            if self._queue.is_full and (holding is None or holding.done()):
                websocket.hold_back()
                self._queue.on_held_back()
                holding = asyncio.create_task(self._go_on_with_room(websocket))

        try:
            websocket.deliver_to(on_messages)
            await websocket.recv()  # returns nothing: it waits for the end
        except ConnectionClosed as error:
            reason = listener.fault or reason_of(error)
            # Of a venue only quotes count: it may accept for ever, and give none.
            if count if talk is None else talk.quotes_here:
                back_off.on_data()
            if not line.is_replaced:
                self._failed(reason)
        except asyncio.CancelledError:
            reason = self._release_reason
            raise
        finally:
            websocket.deliver_to(_ignore)
            for task in (holding, listening):
                if task is not None:
                    task.cancel()
            listener.end()
            lines.end(line, reason, is_wanted=self._wanted.is_set())
            if listening.done() and not listening.cancelled():
                listening.result()

    async def _go_on_with_room(self, websocket: FeedSocket) -> None:
        await self._queue.room()
        websocket.go_on()

    def _failed(self, reason: str, *, is_away: bool = False) -> None:
        """Log it once, however often it is retried.

        `is_away` says that nobody takes a connection: nothing new once one was lost.
        """
        is_loss = self.state == CONNECTED
        is_known = self._is_loss_told and is_away
        if is_loss or (reason != self.last_error and not is_known):
            log.warning("feed not connected", reason=reason, url=self.url)
        self._is_loss_told = self._is_loss_told or is_loss
        self.last_error = reason
        self._lines.on_failed(reason)


def _ignore(messages: list[bytes]) -> None:
    """What arrives after the end was written is not captured: its place would be wrong."""
