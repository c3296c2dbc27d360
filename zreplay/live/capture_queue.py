"""Between the feed's connections and the capture: waiting records become one write.

Runs on the feed's event loop. While the disk accepts nothing, `room` holds the connections
back, so their websockets are not read: that is the backpressure.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from protocol.program.diagnostics import Log
from zreplay.live.capture import (
    CAPTURE_FULL,
    CaptureWriter,
    Problem,
)
from zreplay.live.capture_records import Captured

GROUP_BYTES: Final = 256 * 1024
GATHER_SECONDS: Final = 0.0005
WAITING_BYTES: Final = 1024 * 1024
FIRST_RETRY_SECONDS: Final = 0.1
LONGEST_RETRY_SECONDS: Final = 2.0

log = Log("zreplay")


class CaptureQueue:
    """Records of all connections, in order of arrival, on their way to the disk."""

    def __init__(self, capture: CaptureWriter, wake: Callable[[], None]) -> None:
        self.problem: Problem | None = None
        """Why nothing is being written, None if there is no problem."""
        self._capture = capture
        self._wake = wake
        self._waiting: deque[Captured] = deque()
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    @property
    def is_full(self) -> bool:
        return not self._has_room.is_set()

    async def room(self) -> None:
        """Wait until more may be put; forever once the capture is full."""
        await self._has_room.wait()

    def put(self, record: Captured) -> None:
        """Take a record; one put while `is_full` is taken too, so put little then."""
        self._waiting.append(record)
        self._waiting_bytes += record.size_bytes
        self._arrived.set()
        if self._waiting_bytes >= WAITING_BYTES:
            self._has_room.clear()

    async def write_all(self) -> None:
        """Write what arrives, until cancelled or until the capture is full."""
        retry_seconds = FIRST_RETRY_SECONDS
        while not self._is_capture_full:
            await self._arrived.wait()
            if self._write_group():
                retry_seconds = FIRST_RETRY_SECONDS
                # What arrives meanwhile makes the next group, and the reader's next piece.
                await asyncio.sleep(0 if self._waiting else GATHER_SECONDS)
            else:
                await asyncio.sleep(retry_seconds)
                retry_seconds = min(2 * retry_seconds, LONGEST_RETRY_SECONDS)

    def write_rest(self) -> None:
        """Try once to write what is waiting; for the end of the feed."""
        while self._waiting and self._write_group():
            pass
        if self._waiting:
            log.error("records not captured", records=len(self._waiting))

    @property
    def _is_capture_full(self) -> bool:
        return self.problem is not None and self.problem.state == CAPTURE_FULL

    def _write_group(self) -> bool:
        """Write the first of what is waiting; if the disk refuses, it goes on waiting."""
        group, size_bytes = self._first_group()
        problem = self._capture.append(group)
        self._say(problem)
        if problem is not None:
            self._has_room.clear()
            return False
        for _ in group:
            self._waiting.popleft()
        self._waiting_bytes -= size_bytes
        if self._waiting_bytes < WAITING_BYTES:
            self._has_room.set()
        if not self._waiting:
            self._arrived.clear()
        self._wake()
        return True

    def _first_group(self) -> tuple[list[Captured], int]:
        group = []
        size_bytes = 0
        for record in self._waiting:
            group.append(record)
            size_bytes += record.size_bytes
            if size_bytes >= GROUP_BYTES:
                break
        return group, size_bytes

    def _say(self, problem: Problem | None) -> None:
        before, self.problem = self.problem, problem
        if problem is not None and (before is None or before.state != problem.state):
            log.error(problem.state, reason=problem.detail)
        elif problem is None and before is not None:
            log.info("capture resumed", after=before.state)
