"""The live side of one replayer: the feed, its capture, and the messages that are not quotes.

The feed is connected only while live is selected; the capture is played from its own place.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from protocol.errors import InputError, ResultLogError
from protocol.program.diagnostics import Log, RateLimit
from zreplay.live.gap import Gap
from zreplay.playback.playhead import Playhead
from zreplay.quotes.rejection import Rejection
from zreplay.replayer.gaps_log import GapsLog
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

if TYPE_CHECKING:
    from zreplay.live.live_feed import LiveFeed
    from zreplay.live.live_source import LiveSource
    from zreplay.replayer.live_capture import LiveCapture

PLAIN: Final = '{"timestamp": ..., "ticker": ..., "ask_price": ..., "bid_price": ...}'

MOST_LAST_BYTES: Final = 64 * 1024 * 1024
"""So much that was captured and not played is looked through for gaps at the end."""

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
        self.gaps = GapsLog(paths.gaps)
        self._paths = paths
        self._may_be_negative = settings.columns.allow_negative
        self._rejected = rejected
        self._wake = wake
        self._limit = RateLimit()
        self._first_rejected: Rejection | None = None
        self._rejected_count = 0
        self._capture: LiveCapture | None = None
        self._feed: LiveFeed | None = None
        self._source: LiveSource | None = None
        if settings.live:
            from zreplay.live.feed_address import feed_addresses
            from zreplay.live.live_feed import LiveFeed  # asyncio and websockets, only if needed
            from zreplay.replayer.live_capture import LiveCapture

            self._capture = LiveCapture(settings, paths)
            feeds = feed_addresses(settings.live, settings.live_urls, settings.live_formats)
            silences = settings.silent_after_ns, settings.silent_after_of
            self._feed = LiveFeed(feeds, self._capture.writer, wake, *silences)

    def check_capture(self, *, is_begun: bool) -> None:
        """Raise ResultLogError if the run has begun, and what it captured is lost."""
        if self._capture is None:
            return
        if is_begun and self._capture.is_new:
            self._capture.remove()
            raise ResultLogError(
                f"{self._paths.capture} is lost: the run has begun, and what the feed gave is gone",
                fix="put the state folder back, or start over: --fresh",
                code="Z605",
            )
        self._capture.is_new = False

    def open(self, cursor: bytes) -> None:
        """Play what was captured from a place on, empty is the start."""
        from zreplay.live.live_source import LiveSource

        self._close_head()
        self._first_rejected, self._rejected_count = None, 0
        self._source = LiveSource(
            self._paths.capture,
            self._reject,
            cursor,
            self._wake,
            may_be_negative=self._may_be_negative,
            on_gap=self._note_gap,
            **({} if self._capture is None else self._capture.for_source()),
        )
        if self._capture is not None:
            self._capture.begin(self._source)
        self.head = Playhead(self._source)

    def sent(self, end: int, after: bytes, arrival_ns: int) -> None:
        """Note that a live batch up to this record has left: its cursor and its latest arrival."""
        if self._capture is not None:
            self._capture.sent(end, after, arrival_ns)

    def acknowledged(self, next_record: int) -> None:
        """Note that all before this record is committed."""
        if self._capture is not None:
            self._capture.acknowledged(next_record)

    @property
    def overload(self) -> ResultLogError | None:
        """Why the run must end as the capture is full, None if it need not."""
        if self._capture is None or self._feed is None:
            return None
        return self._capture.overload(self._feed)

    def captured(self) -> dict[str, Any] | None:
        """Return the status of the capture, None without a live address."""
        if self._capture is None or self._feed is None:
            return None
        return self._capture.status(self._feed)

    def connect(self, *, is_wanted: bool) -> None:
        """Connect or disconnect; returns at once."""
        if self._feed is not None:
            if is_wanted:
                self._feed.connect()
            else:
                self._feed.disconnect()

    @property
    def stuck(self) -> str:
        """Why nothing can be captured, empty if it can."""
        return "" if self._feed is None else self._feed.stuck

    def feeds(self) -> list[dict[str, Any]]:
        """Return the status of each live address."""
        if self._feed is None:
            return []
        return [self._with_lack(status._asdict()) for status in self._feed.snapshot()]

    def close(self) -> None:
        self._close_head()
        if self._feed is not None:
            self._feed.close()
        if self._capture is not None:
            self._capture.close()
            self._tell_the_last_gaps()

    def _close_head(self) -> None:
        head, self.head = self.head, None
        if head is not None:
            head.close()

    def _note_gap(self, gap: Gap, offset: int) -> None:
        assert self._source is not None
        self.gaps.append(gap, self._source.capture_id, offset)

    def _tell_the_last_gaps(self) -> None:
        """Tell what was captured at the very end; the next start finds what is left."""
        source, self._source = self._source, None
        if source is None:
            return
        from zreplay.live.gaps_behind import gaps_behind

        with contextlib.suppress(InputError):  # the next start says what is damaged
            for gap, offset in gaps_behind(self._paths.capture, source.offset, MOST_LAST_BYTES):
                self.gaps.append(gap, source.capture_id, offset)

    def _with_lack(self, feed: dict[str, Any]) -> dict[str, Any]:
        """Add to a feed of the plain shape that nothing captured since the start is a quote."""
        first, has_quotes = self._first_rejected, self._source is None or self._source.quotes
        if feed["venue"] or first is None or has_quotes:
            return feed
        count, why = self._rejected_count, f"{first.column} {first.reason}".strip()
        what = f"{self._source.first_rejected} ({why})" if self._source is not None else why
        lack = f"{count} of {count} messages are not quotes; the first: {what}; expected {PLAIN}"
        return feed | {"lack": lack}

    def _reject(self, rejection: Rejection) -> None:
        self._first_rejected = self._first_rejected or rejection
        self._rejected_count += 1
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
