"""The live side of one replayer: the feed, what it captures, and the messages that are no quotes.

The feed is connected only while live is selected; what was captured is played from its place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from protocol.errors import ResultLogError
from protocol.program.diagnostics import Log, RateLimit
from zreplay.live.capture import CaptureWriter
from zreplay.playback.playhead import Playhead
from zreplay.quotes.rejection import Rejection
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

if TYPE_CHECKING:
    from zreplay.live.live_feed import LiveFeed

log = Log("zreplay")


class LiveInput:
    """Owns the feed of one replayer and its capture, if it has live addresses."""

    def __init__(
        self,
        settings: ReplaySettings,
        paths: StatePaths,
        rejected: RejectedLog,
        wake: Callable[[], None],
    ) -> None:
        self.head: Playhead | None = None
        self._paths = paths
        self._rejected = rejected
        self._wake = wake
        self._limit = RateLimit()
        self._capture: CaptureWriter | None = None
        self._feed: LiveFeed | None = None
        self._has_no_capture_yet = False
        if settings.live:
            from zreplay.live.live_feed import LiveFeed  # asyncio and websockets, only if needed

            self._has_no_capture_yet = not paths.capture.exists()
            self._capture = CaptureWriter(paths.capture, settings.max_capture_bytes)
            self._feed = LiveFeed(settings.live, self._capture, wake)

    def check_capture(self, *, is_begun: bool) -> None:
        """Raise ResultLogError if the run has begun, and what it captured is lost."""
        if is_begun and self._has_no_capture_yet:
            self._paths.capture.unlink(missing_ok=True)  # another start finds none either
            raise ResultLogError(
                f"{self._paths.capture} is lost: the run has begun, and what the feed gave is gone",
                fix="put the state folder back, or start over: --fresh",
                code="Z605",
            )
        self._has_no_capture_yet = False

    def open(self, cursor: bytes) -> None:
        """Play what was captured from a place on, empty is the start."""
        from zreplay.live.live_source import LiveSource

        self._close_head()
        self.head = Playhead(LiveSource(self._paths.capture, self._reject, cursor, self._wake))

    def connect(self, *, is_wanted: bool) -> None:
        """Be connected or not; returns at once."""
        if self._feed is not None:
            if is_wanted:
                self._feed.connect()
            else:
                self._feed.disconnect()

    def feeds(self) -> list[dict[str, Any]]:
        """Return what the operator wants to know of each live address."""
        if self._feed is None:
            return []
        return [status._asdict() for status in self._feed.snapshot()]

    def close(self) -> None:
        self._close_head()
        if self._feed is not None:
            self._feed.close()
        if self._capture is not None:
            self._capture.close()

    def _close_head(self) -> None:
        head, self.head = self.head, None
        if head is not None:
            head.close()

    def _reject(self, rejection: Rejection) -> None:
        self._rejected.append(rejection)
        self._rejected.flush()
        held_back = self._limit.held_back(time.monotonic_ns())
        if held_back is not None:
            log.warning(
                "live message rejected",
                reason=rejection.reason,
                column=rejection.column,
                value=rejection.value,
                held_back=held_back,
            )
