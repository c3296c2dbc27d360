"""The capture of one replayer: who writes it, how far it is committed, what may be deleted."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from protocol.errors import ResultLogError
from protocol.program.diagnostics import Log
from zreplay.live.capture import CAPTURE_FULL, CaptureWriter
from zreplay.live.capture_folder import files_of, is_capture
from zreplay.live.capture_hold import CaptureHold
from zreplay.live.capture_options import capture_rules
from zreplay.live.capture_recovery import adopt_one_file
from zreplay.live.captured_gaps import CapturedGaps
from zreplay.live.committed_places import CommittedPlaces, Sent
from zreplay.live.segment_book import Overload
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

if TYPE_CHECKING:
    from zreplay.live.live_feed import LiveFeed
    from zreplay.live.live_source import LiveSource

log = Log("zreplay")


class LiveCapture:
    """Owns the writer; what the sink commits frees what was captured before it.

    Raises:
        ResultLogError: the folder cannot be used.
        InputError: what is there is damaged, or not a capture.
    """

    def __init__(
        self, settings: ReplaySettings, paths: StatePaths, gaps: CapturedGaps | None = None
    ) -> None:
        adopt_one_file(paths.one_file, paths.capture)
        self.is_new = not is_capture(paths.capture)
        self.hold = CaptureHold()
        self._path = paths.capture
        has_bytes = 0 if self.is_new else sum(p.stat().st_size for p in files_of(paths.capture))
        self.rules = capture_rules(
            settings.capture_quota_bytes,
            settings.keep_capture_ns,
            settings.on_overload,
            free_bytes=shutil.disk_usage(paths.folder).free,
            has_bytes=has_bytes,
        )
        self.writer = CaptureWriter(paths.capture, self.rules, self.hold, gaps)
        self._places = CommittedPlaces(0)
        self._source: LiveSource | None = None
        self._seen = -1
        log.info(
            "capture",
            folder=str(paths.capture),
            quota_bytes=self.rules.quota_bytes,
            on_overload=str(self.rules.overload),
        )

    def for_source(self) -> dict[str, Any]:
        """Return what a source of this capture is made with."""
        return {
            "hold": self.hold,
            "may_give": self._may_give,
            "chunk_bytes": self.rules.read_bytes,
        }

    def begin(self, source: LiveSource) -> None:
        """Note where a new source begins, in a new epoch."""
        self._places, self._seen = CommittedPlaces(source.next_position), -1
        self._source = source

    def _may_give(self) -> bool:
        given = self._source.given if self._source is not None else 0
        return given - self._places.last.position < self.rules.in_flight_bytes

    def sent(self, end: int, after: bytes, arrival_ns: int) -> None:
        """Note that a batch up to this record has left, with the cursor of the source behind it."""
        assert self._source is not None
        needed, position = self._source.needed_for(after)
        self._places.sent(Sent(end, needed, position, arrival_ns))

    def acknowledged(self, next_record: int) -> None:
        """Free what nobody needs any more, as the sink has all before this record."""
        if next_record != self._seen:
            self._seen = next_record
            self.hold.free(self._places.acknowledged(next_record))

    def overload(self, feed: LiveFeed) -> ResultLogError | None:
        """Return why the run ends, if it is to end where the capture is full."""
        problem = feed.refusal
        is_to_stop = self.rules.overload is Overload.STOP
        if problem is None or problem.state != CAPTURE_FULL or not is_to_stop:
            return None
        if self.writer.gaps is not None:  # of a recording
            return ResultLogError(
                f"the capture is full, and of a recording nothing is deleted: {problem.detail}",
                fix="give it more room: --capture-quota; or --on-overload drop-oldest",
                code="Z611",
            )
        return ResultLogError(
            f"the capture is full, and nothing of it is committed and may be deleted: "
            f"{problem.detail}",
            fix="see why the sink is behind; or --capture-quota, --on-overload block|drop-oldest",
            code="Z611",
        )

    def status(self, feed: LiveFeed) -> dict[str, Any]:
        """Return what the operator wants to know: how much there is, how far behind the sink is."""
        source = self._source
        last, book, end = self._places.last, self.writer.book, self.writer.end_offset
        is_up_to_date = (
            source is not None
            and source.offset == end
            and not source.has_read_ahead
            and last.position >= source.given
        )
        behind_ns = self.writer.last_ns - last.arrival_ns if last.arrival_ns else None
        return {
            "bytes": book.total_bytes,
            "quota_bytes": self.rules.quota_bytes,
            "segments": len(book.segments),
            "behind_bytes": 0 if is_up_to_date else max(0, end - last.position),
            "behind_ns": 0 if is_up_to_date else behind_ns,
            "dropped_bytes": book.dropped_bytes,
            "blocked_ns": feed.blocked_ns,
        }

    def remove(self) -> None:
        """Let another start find no capture either."""
        shutil.rmtree(self._path, ignore_errors=True)

    def close(self) -> None:
        self.writer.close()
