"""The live feed: websockets on an event loop and a thread of their own -> the capture.

The replayer's loop knows only `connect`, `disconnect`, `snapshot`, the capture and the wake-up
that it passed in.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from protocol.program.diagnostics import Log
from protocol.shown_address import shown_addresses
from zreplay.live.capture import CaptureWriter, Problem
from zreplay.live.capture_queue import CaptureQueue
from zreplay.live.feed_address import FeedAddress
from zreplay.live.feed_connection import (
    CONNECTED,
    CONNECTING,
    RECONNECTING,
    FeedConnection,
)
from zreplay.live.feed_lines import MODE_REASON, end_others
from zreplay.live.feed_status import FeedStatus, with_talk
from zreplay.live.feed_talk import FeedTalk
from zreplay.live.host_budget import HostBudget
from zreplay.live.request_pace import RequestPace

CLOSE_SECONDS: Final = 2.0
CLOSE_REASON: Final = "the replayer ended"
SILENT_AFTER_NS: Final = 30_000_000_000
WHOLE_FEED: Final = "all of it"
NO_TIMES: Final[Mapping[str, int]] = {}

log = Log("zreplay")


class LiveFeed:
    """Captures what the feeds give while connected; `wake` is called after each write.

    `silent_after_of` is for the venues that it names.
    """

    def __init__(
        self,
        feeds: Sequence[FeedAddress],
        capture: CaptureWriter,
        wake: Callable[[], None],
        silent_after_ns: int = SILENT_AFTER_NS,
        silent_after_of: Mapping[str, int] = NO_TIMES,
    ) -> None:
        self._is_wanted = self._was_wanted = False
        self._failure: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._queue = CaptureQueue(capture, wake)
        self._lost = capture.lost
        numbers = count(capture.greatest_connection + 1)
        paces: dict[str, RequestPace] = {}
        ends: list[tuple[str, FeedTalk | None]] = []
        for feed in feeds:
            name = feed.venue.name if feed.venue else ""
            ends += _ends_of(feed, silent_after_of.get(name, silent_after_ns), paces)
        hosts = _hosts(feeds)
        shown = shown_addresses([address for address, _ in ends])
        self._connections = [
            FeedConnection(
                *(address, self._queue, capture.last, url, talk, numbers, capture.lost),
                *(hosts[_host(address)], silent_after_ns),
            )
            for (address, talk), url in zip(ends, shown, strict=True)
        ]
        self._thread = threading.Thread(target=self._run, name="live feed", daemon=True)
        self._thread.start()

    def connect(self) -> None:
        """Connect, and reconnect after each loss; returns at once."""
        self._raise_failure()
        if not self._was_wanted:
            feeds = {connection.url for connection in self._connections}
            self._loop.call_soon_threadsafe(end_others, self._queue, self._lost, feeds)
        if not self._is_wanted:
            self._is_wanted = self._was_wanted = True
            for connection in self._connections:
                self._loop.call_soon_threadsafe(connection.want)

    def disconnect(self) -> None:
        """Disconnect; returns at once, and nothing is captured from then on."""
        self._raise_failure()
        if self._is_wanted:
            self._is_wanted = False
            for connection in self._connections:
                self._loop.call_soon_threadsafe(connection.release, MODE_REASON)

    @property
    def stuck(self) -> str:
        """Why nothing can be captured, empty if it can."""
        problem = self._queue.problem
        return "" if problem is None else problem.detail

    def snapshot(self) -> list[FeedStatus]:
        """Return the state of each address."""
        self._raise_failure()
        return [self._status(connection) for connection in self._connections]

    @property
    def refusal(self) -> Problem | None:
        """Why a message that came could not be written, None if it could."""
        return self._queue.refusal

    @property
    def blocked_ns(self) -> int:
        """How long nothing was read as nothing could be written, since the start."""
        return self._queue.blocked_ns

    def close(self) -> None:
        """Disconnect, write what is waiting and end the thread; a stuck disk is abandoned."""
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._end)
            self._thread.join(CLOSE_SECONDS)

    def _status(self, connection: FeedConnection) -> FeedStatus:
        problem = self._queue.problem
        state, error = connection.state, connection.last_error
        if problem is not None and state in (CONNECTING, CONNECTED, RECONNECTING):
            state, error = problem.state, problem.detail
        status = FeedStatus(
            connection.url,
            state,
            connection.messages,
            connection.reconnects,
            connection.last_message_ns,
            error,
            connection.next_try_ns,
            connection.plain.receipts.summary_ns(),
            silent=WHOLE_FEED if connection.plain.is_silent else "",
            off_ns=connection.plain.receipts.off_ns,
        )
        return with_talk(status, connection.talk, time.monotonic_ns())

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise RuntimeError("the live feed failed") from self._failure

    def _run(self) -> None:
        """Run the event loop until it is stopped; a failure is raised at the next call."""
        tasks = [self._loop.create_task(self._queue.write_all())]
        tasks += [self._loop.create_task(connection.run()) for connection in self._connections]
        for task in tasks:
            task.add_done_callback(self._on_task_done)
        self._loop.run_until_complete(self._ended)
        for connection in self._connections:
            connection.release(CLOSE_REASON)
        leaving = [task for task in asyncio.all_tasks(self._loop) if task not in tasks]
        if leaving:
            self._loop.run_until_complete(asyncio.wait(leaving, timeout=CLOSE_SECONDS / 4))
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        if self._was_wanted:
            self._queue.put_end(CLOSE_REASON)
        self._queue.write_rest()
        self._loop.close()

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._failure = task.exception()
            self._end()

    def _end(self) -> None:
        if not self._ended.done():  # a feed that failed may be closed as well
            self._ended.set_result(None)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def _hosts(feeds: Sequence[FeedAddress]) -> dict[str, HostBudget]:
    """Return what the feeds of each host share."""
    hosts: dict[str, HostBudget] = {}
    for feed in feeds:
        host = hosts.setdefault(_host(feed.url), HostBudget())
        if feed.venue is not None:
            host.allow(feed.venue.limits.tries)
    return hosts


def _ends_of(
    feed: FeedAddress, silent_after_ns: int, paces: dict[str, RequestPace]
) -> Iterator[tuple[str, FeedTalk | None]]:
    """Yield the connections of a feed: as many as its symbols need; `paces` are those of hosts."""
    if feed.venue is None:
        yield feed.url, None
        return
    limits, pace = feed.venue.limits, None
    if limits.is_of_address:
        pace = paces.setdefault(_host(feed.url), RequestPace())
    most = limits.symbols_a_connection
    for start in range(0, len(feed.symbols), most):
        symbols = feed.symbols[start : start + most]
        yield feed.url, FeedTalk(feed.venue, symbols, silent_after_ns, pace)
