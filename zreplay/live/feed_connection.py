"""One live address: connects, receives, reconnects; until it is released.

Runs on the feed's event loop; the counts may be read from any thread.
"""

import asyncio
import ipaddress
import random
import time
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)

from protocol.program.diagnostics import Log
from protocol.shown_address import shown_address
from protocol.whole_number import whole_number
from zreplay.live.back_off import LONGEST_TOLD_NS, BackOff
from zreplay.live.capture_queue import CaptureQueue
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.feed_socket import MAX_MESSAGE_BYTES, FeedSocket
from zreplay.quotes.timestamp_text import time_text

OFF: Final = "off"
CONNECTING: Final = "connecting"
CONNECTED: Final = "connected"
RECONNECTING: Final = "reconnecting"

MODE_REASON: Final = "mode"
"""A gap caused by a switch of the mode was wanted: it is not a fault."""

OPEN_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 0.1
PING_SECONDS: Final = 5.0
PONG_SECONDS: Final = 10.0
MAX_REASON_CHARACTERS: Final = 200
REFUSALS: Final = (401, 403)

log = Log("zreplay")


class FeedConnection:
    """Keeps one websocket connected while wanted, and puts its messages into the queue.

    `url` is the address as it is shown. `last_captured` is the newest record of an earlier
    process: the first connection then ends a gap that began there.
    """

    def __init__(
        self,
        address: str,
        queue: CaptureQueue,
        last_captured: Captured | None = None,
        url: str | None = None,
    ) -> None:
        self.url = shown_address(address) if url is None else url
        self._address = address
        self.state = OFF
        self.messages = 0
        self.reconnects = 0
        self.last_message_ns: int | None = None
        self.last_error = ""
        self.next_try_ns: int | None = None
        self._queue = queue
        self._wanted = asyncio.Event()
        self._session: asyncio.Task[None] | None = None
        self._release_reason = ""
        self._lost_ns: int | None = None
        self._lost_reason = ""
        if last_captured is not None:
            self._lost_ns = last_captured.recv_ns
            is_told = last_captured.kind == RecordKind.DISCONNECTED
            self._lost_reason = (
                last_captured.payload.decode("utf-8", "replace")
                if is_told
                else "the replayer was killed"
            )

    def want(self) -> None:
        """Connect, and reconnect after each loss."""
        self._wanted.set()

    def release(self, reason: str) -> None:
        """Disconnect and stay disconnected; `reason` is recorded in the capture."""
        self._release_reason = reason
        self._wanted.clear()
        if self._session is not None:
            self._session.cancel()

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
        while True:
            await self._queue.room()
            told_ns = await self._connect(back_off)
            self.state = RECONNECTING
            wait_ns = back_off.next_wait_ns(random.random(), told_ns)
            self.next_try_ns = time.time_ns() + wait_ns
            await asyncio.sleep(wait_ns / 1e9)
            self.next_try_ns = None

    async def _connect(self, back_off: BackOff) -> int:
        """Run one connection; return how long the server told us to stay away."""
        try:
            async with connect(
                self._address,
                proxy=None if is_loopback(self._address) else True,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PONG_SECONDS,
                max_size=MAX_MESSAGE_BYTES,
                compression=None,  # a loss of speed for messages as short as a quote
                create_connection=FeedSocket,
            ) as websocket:
                assert isinstance(websocket, FeedSocket)
                await self._receive(websocket, back_off)
        except InvalidStatus as error:
            status = error.response.status_code
            if status in REFUSALS:
                back_off.on_refusal()
            self._failed(f"the server answered HTTP {status}")
            return _told_ns(error.response.headers.get_all("Retry-After"))
        except (OSError, WebSocketException, ValueError, EOFError) as error:
            self._failed(_reason_of(error))
        return 0

    async def _receive(self, websocket: FeedSocket, back_off: BackOff) -> None:
        began_ns, began_messages = time.monotonic_ns(), self.messages
        self._connected()
        reason = "the replayer failed"
        holding: asyncio.Task[None] | None = None

        def on_messages(messages: list[bytes]) -> None:
            nonlocal holding
            self.last_message_ns = time.time_ns()
            self.messages += len(messages)
            for message in messages:
                self._queue.put(Captured(RecordKind.MESSAGE, self.last_message_ns, message))
            if self._queue.is_full and (holding is None or holding.done()):
                websocket.hold_back()
                holding = asyncio.create_task(self._go_on_with_room(websocket))

        try:
            websocket.deliver_to(on_messages)
            await websocket.recv()  # returns nothing: it waits for the end
        except ConnectionClosed as error:
            reason = _reason_of(error)
            back_off.on_loss(time.monotonic_ns() - began_ns, self.messages - began_messages)
            self._failed(reason)
        except asyncio.CancelledError:
            reason = self._release_reason
            raise
        finally:
            websocket.deliver_to(_ignore)
            if holding is not None:
                holding.cancel()
            self._disconnected(reason)

    async def _go_on_with_room(self, websocket: FeedSocket) -> None:
        await self._queue.room()
        websocket.go_on()

    def _connected(self) -> None:
        now_ns = time.time_ns()
        self.state = CONNECTED
        self._queue.put(Captured(RecordKind.CONNECTED, now_ns, self.url.encode()))
        if self._lost_ns is None:
            log.info("feed connected", url=self.url)
            return
        is_wanted = self._lost_reason == MODE_REASON
        self.reconnects += not is_wanted
        say = log.info if is_wanted else log.warning
        say(
            "live gap",
            url=self.url,
            **{"from": time_text(self._lost_ns), "to": time_text(now_ns)},
            reason=self._lost_reason,
        )

    def _disconnected(self, reason: str) -> None:
        self._lost_ns, self._lost_reason = time.time_ns(), reason
        self._queue.put(Captured(RecordKind.DISCONNECTED, self._lost_ns, reason.encode()))

    def _failed(self, reason: str) -> None:
        """Log it once, however often it is retried."""
        if reason != self.last_error or self.state == CONNECTED:
            log.warning("feed not connected", reason=reason, url=self.url)
        self.last_error = reason


def _ignore(messages: list[bytes]) -> None:
    """What arrives after the end was written is not captured: its place would be wrong."""


def is_loopback(url: str) -> bool:
    """Return whether an address is on this machine, and needs no proxy of the environment."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _told_ns(retry_after: list[str]) -> int:
    """Return how long a server told us to stay away, 0 if not in seconds."""
    for text in retry_after:
        if text.isascii() and text.isdecimal():
            seconds = whole_number(text, LONGEST_TOLD_NS // 1_000_000_000)
            return LONGEST_TOLD_NS if seconds is None else seconds * 1_000_000_000
    return 0


def _reason_of(error: Exception) -> str:
    """Return one short line."""
    text = str(error)
    if isinstance(error, InvalidURI | InvalidProxy):  # whose text has the address in it
        text = f"the address cannot be used: {error.msg}"
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return " ".join((text or type(error).__name__).split())[:MAX_REASON_CHARACTERS]
