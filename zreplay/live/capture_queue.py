"""Between the feed's connections and the capture: waiting records become one write.

Runs on the feed's event loop. While the disk accepts nothing, `room` holds the connections
back, so their websockets are not read: that is the backpressure.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from protocol.program.diagnostics import Log
from zreplay.live.capture import CAPTURE_FULL, CaptureWriter, Problem
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.gap import ALL_FEEDS, Gap

GATHER_SECONDS: Final = 0.0005
WAITING_BYTES: Final = 1024 * 1024
FIRST_RETRY_SECONDS: Final = 0.1
LONGEST_RETRY_SECONDS: Final = 2.0

log = Log("zreplay")


class _Held(NamedTuple):
    """When reading was held back; the clock on the wall may be set meanwhile."""

    wall_ns: int
    monotonic_ns: int


class CaptureQueue:
    """Records of all connections, in order of arrival, on their way to the disk."""

    def __init__(
        self,
        capture: CaptureWriter,
        wake: Callable[[], None],
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.problem: Problem | None = None
        """Why nothing is being written, None if there is no problem."""
        self.refusal: Problem | None = None
        """The same, once a message that had come could not be written."""
        self.blocked_ns = 0
        """How long nothing was read while there was a problem."""
        self._held: _Held | None = None
        """Since when nothing is read, None if that is not so."""
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._capture = capture
        self._group_bytes = capture.rules.read_bytes
        self._wake = wake
        self._waiting: deque[Captured] = deque()
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._put_drops()

    @property
    def is_full(self) -> bool:
        return not self._has_room.is_set()

    @property
    def end_offset(self) -> int:
        """Behind all that was written."""
        return self._capture.end_offset

    def is_long_since(self, offset: int) -> bool:
        """Tell whether so much was written since that nothing should need it from there on."""
        return self.end_offset - offset >= self._capture.rules.state_bytes

    async def room(self) -> None:
        """Wait until more may be put: what was captured may have to be committed first."""
        retry_seconds = FIRST_RETRY_SECONDS
        while (problem := self._capture.lack_of_room()) is not None:
            self._say(problem)
            await asyncio.sleep(retry_seconds)
            retry_seconds = min(2 * retry_seconds, LONGEST_RETRY_SECONDS)
        if self.refusal is None:
            self._say(None)
        await self._has_room.wait()

    def on_held_back(self) -> None:
        """Note that a connection is not read until there is room."""
        if self._held is None:
            self._held = self._held_now()

    def put_end(self, reason: str) -> None:
        """Write down behind all feeds that this process ends by itself: it was not killed."""
        self.put(Captured(RecordKind.DISCONNECTED, time.time_ns(), reason.encode()))

    def put(self, record: Captured) -> None:
        """Take a record; one put while `is_full` is taken too, so put little then."""
        self._waiting.append(record)
        self._waiting_bytes += record.size_bytes
        self._arrived.set()
        if self._waiting_bytes >= WAITING_BYTES:
            self._has_room.clear()

    async def write_all(self) -> None:
        """Write what arrives, until cancelled."""
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            await self._arrived.wait()
            if self._write_group():
                retry_seconds = FIRST_RETRY_SECONDS
                # What arrives meanwhile makes the next group, and the reader's next piece.
                await asyncio.sleep(0 if self._waiting else GATHER_SECONDS)
            else:
                await asyncio.sleep(retry_seconds)
                retry_seconds = min(2 * retry_seconds, LONGEST_RETRY_SECONDS)

    def write_rest(self) -> None:
        """Try once to write what is waiting; for the end of the feed.

        If the capture is full, what became of the connections is written, and what is missing.
        """
        while self._waiting and self._write_group():
            pass
        messages = [r for r in self._waiting if r.kind == RecordKind.MESSAGE]
        if messages and self.problem is not None and self.problem.state == CAPTURE_FULL:
            first_ns, last_ns = messages[0].recv_ns, messages[-1].recv_ns
            gap = Gap(ALL_FEEDS, "", first_ns, last_ns, f"not captured: {CAPTURE_FULL}")
            about = [r for r in self._waiting if r.kind != RecordKind.MESSAGE]
            self._capture.append([Captured(RecordKind.GAP, last_ns, gap.pack()), *about])
        if self._waiting:
            log.error("records not captured", records=len(self._waiting))

    def _write_group(self) -> bool:
        """Write the first of what is waiting; if the disk refuses, it goes on waiting."""
        group, size_bytes = self._first_group()
        problem = self._capture.append(group)
        self._put_drops()
        self._say(problem)
        if problem is not None:
            self._has_room.clear()
            self.refusal = problem
            return False
        self.refusal = None
        for _ in group:
            self._waiting.popleft()
        self._waiting_bytes -= size_bytes
        if self._waiting_bytes < WAITING_BYTES:
            self._held = None
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
            if size_bytes >= self._group_bytes:
                break
        return group, size_bytes

    def _put_drops(self) -> None:
        """Let the capture say of itself what was dropped of it."""
        for gap in self._capture.gaps.drops() if self._capture.gaps is not None else ():
            self.put(Captured(RecordKind.GAP, self._wall_ns(), gap.pack()))

    def _say(self, problem: Problem | None) -> None:
        before, self.problem = self.problem, problem
        if problem is not None and (before is None or before.state != problem.state):
            log.error(problem.state, reason=problem.detail)
        elif problem is None and before is not None:
            log.info("capture resumed", after=before.state)
            if self._held is not None:
                self._tell_blocked(self._held, before)

    def _held_now(self) -> _Held:
        return _Held(self._wall_ns(), self._monotonic_ns())

    def _tell_blocked(self, since: _Held, problem: Problem) -> None:
        """Put a gap: for a while nothing was read, and a feed may have left out what it had."""
        now = self._held = self._held_now()  # nothing is read yet: what follows is told from here
        self.blocked_ns += now.monotonic_ns - since.monotonic_ns
        to_ns = max(since.wall_ns, now.wall_ns)
        gap = Gap(ALL_FEEDS, "", since.wall_ns, to_ns, f"not read: {problem.state}")
        self.put(Captured(RecordKind.GAP, now.wall_ns, gap.pack()))
