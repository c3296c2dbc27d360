"""The live feed: websockets on an event loop and a thread of their own -> the capture.

The replayer's loop knows only `connect`, `disconnect`, `snapshot`, the capture and the wake-up
that it passed in.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from protocol.program.diagnostics import Log
from protocol.shown_address import shown_addresses
from zreplay.live.capture import CaptureWriter
from zreplay.live.capture_queue import CaptureQueue
from zreplay.live.feed_connection import (
    CONNECTED,
    CONNECTING,
    MODE_REASON,
    RECONNECTING,
    FeedConnection,
)

CLOSE_SECONDS: Final = 2.0
CLOSE_REASON: Final = "the replayer ended"

log = Log("zreplay")


class FeedStatus(NamedTuple):
    """What the operator wants to know of one live address; times are Unix time.

    `state` is off, connecting, connected or reconnecting; or why nothing is captured:
    disk full, disk error, capture full.
    """

    url: str
    state: str
    messages: int
    reconnects: int
    last_message_ns: int | None
    last_error: str
    next_try_ns: int | None


class LiveFeed:
    """Captures what the addresses give while connected; `wake` is called after each write."""

    def __init__(
        self, addresses: Sequence[str], capture: CaptureWriter, wake: Callable[[], None]
    ) -> None:
        self._is_wanted = False
        self._failure: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._queue = CaptureQueue(capture, wake)
        self._connections = [
            FeedConnection(address, self._queue, capture.last, url)
            for address, url in zip(addresses, shown_addresses(addresses), strict=True)
        ]
        self._thread = threading.Thread(target=self._run, name="live feed", daemon=True)
        self._thread.start()

    def connect(self) -> None:
        """Connect, and reconnect after each loss; returns at once."""
        self._raise_failure()
        if not self._is_wanted:
            self._is_wanted = True
            for connection in self._connections:
                self._loop.call_soon_threadsafe(connection.want)

    def disconnect(self) -> None:
        """Disconnect; returns at once, and nothing is captured from then on."""
        self._raise_failure()
        if self._is_wanted:
            self._is_wanted = False
            for connection in self._connections:
                self._loop.call_soon_threadsafe(connection.release, MODE_REASON)

    def snapshot(self) -> list[FeedStatus]:
        """Return the state of each address."""
        self._raise_failure()
        return [self._status(connection) for connection in self._connections]

    def close(self) -> None:
        """Disconnect, write what is waiting and end the thread; a stuck disk is abandoned."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CLOSE_SECONDS)

    def _status(self, connection: FeedConnection) -> FeedStatus:
        problem = self._queue.problem
        state, error = connection.state, connection.last_error
        if problem is not None and state in (CONNECTING, CONNECTED, RECONNECTING):
            state, error = problem.state, problem.detail
        return FeedStatus(
            connection.url,
            state,
            connection.messages,
            connection.reconnects,
            connection.last_message_ns,
            error,
            connection.next_try_ns,
        )

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise RuntimeError("the live feed failed") from self._failure

    def _run(self) -> None:
        """Run the event loop until it is stopped; a failure is raised at the next call."""
        tasks = [self._loop.create_task(self._queue.write_all())]
        tasks += [self._loop.create_task(connection.run()) for connection in self._connections]
        for task in tasks:
            task.add_done_callback(self._on_task_done)
        self._loop.run_forever()
        for connection in self._connections:
            connection.release(CLOSE_REASON)
        leaving = [task for task in asyncio.all_tasks(self._loop) if task not in tasks]
        if leaving:
            self._loop.run_until_complete(asyncio.wait(leaving, timeout=CLOSE_SECONDS / 4))
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._queue.write_rest()
        self._loop.close()

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._failure = task.exception()
            self._loop.stop()
