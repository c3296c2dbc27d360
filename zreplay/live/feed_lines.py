"""The connections of one feed, one after the other: when each begins and ends, for the capture.

Rule 1: between two of them is a gap: from the last message of the one, or when it was given up on
        purpose, to the first quote of the next. It is LOST in the capture while it lasts, and a
        GAP when it is over; but there is none before one that began while the other delivered.
Rule 2: of two that overlap the old one is closed once the new one has quotes of all that is live
        on it, or after OVERLAP_SECONDS; and once all is read that was sent on the old one until
        then, however long nothing could be read. One that does not answer is lost: rule 4.
Rule 3: an overlap ends OVERLAP_SECONDS after either was lost: what the one brought last, the other
        may bring until then.
Rule 4: if the old one is lost before that, the new one begins again where it stands, behind a gap;
        if the new one is, the old one goes on.
Rule 5: a first connection that is had at once has no gap before it; one that is refused has, from
        when it was wanted.
Rule 6: a gap is over when the feed is not wanted any more; from then on there is another. So one
        that an earlier process left, and this one could not end, is told when this one ends.
"""

import asyncio
import contextlib
import time
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import count
from typing import Final, NamedTuple, Protocol

import msgspec

from protocol.program.diagnostics import Log
from zreplay.live.capture_queue import CaptureQueue
from zreplay.live.capture_records import CONNECTION, Captured, RecordKind
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.gap import Gap
from zreplay.quotes.timestamp_text import time_text

MODE_REASON: Final = "mode"
"""A gap caused by a switch of the mode was wanted: it is not a fault."""

OVERLAP_SECONDS: Final = 5.0
REPLACED: Final = "replaced"
KILLED: Final = "the replayer was killed"

log = Log("zreplay")


class Closable(Protocol):
    """A websocket, as far as this is concerned."""

    async def catch_up(self, within_seconds: float) -> bool: ...

    async def close(self) -> None: ...


class Line(msgspec.Struct, eq=False):
    """One connection: its number, what is said on it, and the one that it is to replace."""

    number: int
    websocket: Closable
    talk: FeedTalk | None
    replaces: "Line | None" = None
    beside: "Line | None" = None
    """The one with which it overlaps, until either is lost."""

    is_replaced: bool = False
    is_ended: bool = False
    last_ns: int = 0
    """When its last message came, or it connected: Unix ns."""

    limit: asyncio.TimerHandle | None = None
    """When it replaces the other one at the latest."""

    taking_over: asyncio.Task[None] | None = None
    """While the rest of the other one is read."""


class _Open(NamedTuple):
    """A gap that lasts, the number of its LOST, and whether it was tried in vain to end it."""

    number: int
    lost: Gap
    is_tried: bool = False


class FeedLines:
    """Writes down what begins and ends; `talk` is that of the connection that counts.

    `last_captured` is the newest record of an earlier process, and `lost` what was missing then:
    the first connection ends a gap that began there. `numbers` gives each connection its own.
    """

    def __init__(
        self,
        url: str,
        queue: CaptureQueue,
        talk: FeedTalk | None,
        numbers: Iterator[int] | None = None,
        last_captured: Captured | None = None,
        lost: Iterable[Captured] = (),
    ) -> None:
        self.talk = talk
        self.reconnects = 0
        self._url = url
        self._queue = queue
        self._numbers = count(1) if numbers is None else numbers
        self._heir: Line | None = None
        self._announced: int | None = None
        """The number of a connection that is being made beside another."""
        self._closing: asyncio.Task[None] | None = None
        self._gap: _Open | None = None
        """What is missing until there are quotes again."""
        self._earlier = last_captured
        self._wanted_ns: int | None = None
        """When the first connection of all was wanted, until it is there or was refused."""
        for record in lost:
            with contextlib.suppress(ValueError):
                gap = Gap.unpack(record.payload)
                if gap.feed == url:
                    self._gap = _Open(record.connection, gap)

    def on_wanted(self) -> None:
        """Write down that something is missing since an earlier process ended."""
        last, self._earlier = self._earlier, None
        if self._gap is not None:
            return
        if last is None:
            self._wanted_ns = time.time_ns()
            return
        # Without a number it is of all: of a clean end, or of a capture before LOST.
        is_of_all = last.kind == RecordKind.DISCONNECTED and not last.connection
        reason = last.payload.decode("utf-8", "replace") if is_of_all else KILLED
        self._lose(next(self._numbers), last.recv_ns, reason)

    def on_failed(self, reason: str) -> None:
        """Take note that there was no connection to be had."""
        if self._gap is not None:
            self._gap = self._gap._replace(is_tried=True)
        elif self._wanted_ns is not None:
            self._lose(next(self._numbers), self._wanted_ns, reason)

    def on_released(self, reason: str) -> None:
        """Take note that the feed is not wanted any more, once nothing of it is connected."""
        gap = self._gap
        if gap is None:
            self.on_failed(reason)
        elif gap.lost.reason != MODE_REASON and (gap.is_tried or gap.lost.reason != reason):
            now_ns = time.time_ns()
            self._end_gap(gap, now_ns)
            self._lose(gap.number, now_ns, reason)

    def begin(self, websocket: Closable, old: Line | None = None) -> Line:
        """Write down a new connection; beside an old one that still delivers, their overlap."""
        if old is None or old.is_ended or old.talk is None:
            self.withdraw()
            line = Line(next(self._numbers), websocket, self.talk)
            self._on_connected_again(line)
            return line
        self.announce(old)
        number, self._announced = self._announced or 0, None
        line = self._heir = Line(number, websocket, old.talk.fresh(), old, old)
        self._on_connected(line)
        loop = asyncio.get_running_loop()
        line.limit = loop.call_later(OVERLAP_SECONDS, self._hand_over, line)
        return line

    def announce(self, old: Line) -> None:
        """Begin an overlap before the next connection is asked for.

        The venue may send on both before we know that the new one is there: what it sent then
        came on the old one before, and must be known as the same.
        """
        if self._announced is None and not old.is_ended and old.talk is not None:
            self._announced = next(self._numbers)
            replaced = CONNECTION.pack(old.number)
            self._put(RecordKind.OVERLAP, replaced, self._announced)

    def withdraw(self) -> None:
        """End an overlap whose new connection did not come about."""
        if self._announced is not None:
            self._put(RecordKind.OVERLAP_END, b"", self._announced)
            self._announced = None

    def _put(self, kind: RecordKind, payload: bytes, number: int) -> None:
        self._queue.put(Captured(kind, time.time_ns(), payload, number))

    def put(self, line: Line, kind: RecordKind, recv_ns: int, payload: bytes) -> None:
        """Put a record of a connection into the capture."""
        self._queue.put(Captured(kind, recv_ns, payload, line.number))

    def on_heard(self, line: Line, recv_ns: int) -> None:
        """Take note of messages: they may end a gap, or an overlap if all of the old is there."""
        line.last_ns = recv_ns
        old = line.replaces
        if old is not None:
            if old.talk is not None and line.talk is not None and line.talk.has_all_of(old.talk):
                self._hand_over(line)
        elif self._gap is not None and (line.talk is None or line.talk.quotes_here):
            self._end_gap(self._gap, line.last_ns)

    def end(self, line: Line, reason: str, *, is_wanted: bool) -> None:
        """Write down the end of a connection; `is_wanted` says whether the feed goes on."""
        now_ns, line.is_ended = time.time_ns(), True
        reason = REPLACED if line.is_replaced else reason
        self.put(line, RecordKind.DISCONNECTED, now_ns, reason.encode())
        is_heir = line.replaces is not None
        heir = self._heir
        if heir is not None and line in (heir, heir.beside):
            self._end_overlap_later(heir)
        self._forget_overlap(line)
        if line.is_replaced or is_heir:
            return
        self._lose(line.number, line.last_ns if is_wanted else now_ns, reason)
        if heir is not None and heir.replaces is line and is_wanted:
            self._go_on_with(heir)
            self._on_connected_again(heir)

    def _end_overlap_later(self, heir: Line) -> None:
        if heir.beside is None:
            return
        heir.beside = None
        end = partial(self.put, heir, RecordKind.OVERLAP_END, time.time_ns(), b"")
        asyncio.get_running_loop().call_later(OVERLAP_SECONDS, end)

    def _hand_over(self, line: Line) -> None:
        if line.replaces is not None and line.taking_over is None:
            line.taking_over = asyncio.create_task(self._take_over(line, line.replaces))

    async def _take_over(self, line: Line, old: Line) -> None:
        """Close the old one, once what it may have waiting is read."""
        if await old.websocket.catch_up(OVERLAP_SECONDS):
            self._closing, line.taking_over = line.taking_over, None
            self._go_on_with(line)
            old.is_replaced = True
        await old.websocket.close()

    def _go_on_with(self, heir: Line) -> None:
        old = heir.replaces
        self._forget_overlap(heir)
        if heir.talk is not None and old is not None and old.talk is not None:
            heir.talk.carry_on(old.talk)
        self.talk = heir.talk

    def _forget_overlap(self, line: Line) -> None:
        line.replaces = None
        for pending in (line.limit, line.taking_over):
            if pending is not None:
                pending.cancel()

    def _on_connected(self, line: Line) -> None:
        self._wanted_ns = None
        line.last_ns = now_ns = time.time_ns()
        self.put(line, RecordKind.CONNECTED, now_ns, self._url.encode())
        if line.talk is not None:
            self.put(line, RecordKind.READER, now_ns, line.talk.venue.reader.encode())

    def _on_connected_again(self, line: Line) -> None:
        self.on_wanted()
        self._on_connected(line)
        if self._gap is None:
            log.info("feed connected", url=self._url)
        else:
            self.reconnects += self._gap.lost.reason != MODE_REASON

    def _lose(self, number: int, from_ns: int, reason: str) -> None:
        """Begin a gap, unless one still lasts."""
        if self._gap is not None:
            return
        self._wanted_ns = None
        venue = "" if self.talk is None else self.talk.venue.name
        self._gap = _Open(number, Gap(self._url, venue, from_ns, None, reason))
        payload = self._gap.lost.pack()
        self._queue.put(Captured(RecordKind.LOST, time.time_ns(), payload, number))

    def _end_gap(self, gap: _Open, to_ns: int) -> None:
        self._gap = None
        lost, tickers = gap.lost, () if self.talk is None else tuple(self.talk.tickers)
        whole = Gap(lost.feed, lost.venue, lost.from_ns, to_ns, lost.reason, tickers)
        self._queue.put(Captured(RecordKind.GAP, to_ns, whole.pack(), gap.number))
        say = log.info if lost.reason == MODE_REASON else log.warning
        say(
            "live gap",
            url=self._url,
            **{"from": time_text(lost.from_ns), "to": time_text(to_ns)},
            reason=lost.reason,
        )


def end_others(queue: CaptureQueue, lost: Iterable[Captured], feeds: Collection[str]) -> None:
    """End the gaps that earlier processes left of feeds that are not asked any more."""
    now_ns = time.time_ns()
    for record in lost:
        with contextlib.suppress(ValueError):
            gap = Gap.unpack(record.payload)
            if gap.feed not in feeds:
                whole = msgspec.structs.replace(gap, to_ns=now_ns)
                queue.put(Captured(RecordKind.GAP, now_ns, whole.pack(), record.connection))
