"""The inputs: a playhead for each mode, opened at its place; rejected.log and the live feed.

A mode that is not selected keeps its place, so historical -> live -> historical goes on at
the next quote. The feed is connected only while live is selected. A seek and a new pass over
the files open them anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from protocol.errors import ResultLogError
from protocol.messages import HISTORICAL, LIVE
from protocol.program.diagnostics import Log, RateLimit
from zreplay.historical.read_ahead import ReadAhead
from zreplay.live.capture import CaptureWriter
from zreplay.playback.playhead import Playhead
from zreplay.quotes.block import file_of, offset_of
from zreplay.quotes.rejection import CAPTURE_NAME, Rejection
from zreplay.quotes.source import Piece
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.replayer.checkpoint_ring import LEAST_ROWS, CheckpointRing
from zreplay.replayer.historical_places import HistoricalPlaces
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

if TYPE_CHECKING:
    from zreplay.historical.historical_source import HistoricalSource
    from zreplay.live.live_feed import LiveFeed

FULL_DISK_SECONDS: Final = 0.2
WINDOW_PARTS: Final = 8
"""Checkpoints are so far apart that one is behind all that may be on its way."""

log = Log("zreplay")


class Inputs:
    """Owns the sources of one replayer."""

    def __init__(
        self, settings: ReplaySettings, paths: StatePaths, wake: Callable[[], None]
    ) -> None:
        self.rejected = RejectedLog(paths.rejected)
        self._settings = settings
        self._paths = paths
        self._wake = wake
        self._playheads: dict[str, Playhead] = {}
        self._ended: Playhead | None = None
        self.historical_places = HistoricalPlaces(settings)
        self.historical_places.refused = self.rejected.written
        self._reached: dict[int, int] = {}
        self._is_sought = self._has_sent = False
        self._is_closing = False
        self._limit = RateLimit()
        self._historical: HistoricalSource | None = None
        self._capture: CaptureWriter | None = None
        self._feed: LiveFeed | None = None
        self._has_no_capture_yet = False
        if settings.live:
            from zreplay.live.live_feed import LiveFeed  # asyncio and websockets, only if needed

            self._has_no_capture_yet = not paths.capture.exists()
            self._capture = CaptureWriter(paths.capture, settings.max_capture_bytes)
            self._feed = LiveFeed(settings.live, self._capture, wake)

    def keep_checkpoints(self, run: bytes) -> None:
        """Keep from where the files of this run can be read on; a restart goes on from there."""
        settings = self._settings
        if settings.historical and STANDARD_INPUT not in settings.historical:
            self.historical_places.checkpoints = CheckpointRing(
                self._paths.checkpoints,
                run,
                len(settings.historical),
                least_rows=max(LEAST_ROWS, settings.window_quotes // WINDOW_PARTS),
            )

    def open(self, places: Mapping[str, bytes], *, is_begun: bool) -> None:
        """Open every source at its place, empty is the start.

        Raises:
            InputError: a file cannot be read.
            ResultLogError: the run has begun, and what it captured is lost.
        """
        self._close_playheads()
        self._check_capture(is_begun=is_begun)
        names = [str(path) for path in self._settings.historical]
        self.rejected.recover([*names, CAPTURE_NAME], is_begun=is_begun)
        if not is_begun and self.historical_places.checkpoints is not None:
            self.historical_places.checkpoints.forget()
        if self._settings.historical:
            self._open_historical(places[HISTORICAL])
        if self._settings.live:
            self._open_live(places[LIVE])

    def seek(self, arrival_ns: int | None, before: bytes) -> bytes:
        """Let the historical quotes go on with those that arrive then or later; None is the start.

        Returns the place there; `before` is the one where they stood.

        Raises:
            InputError: a file cannot be read.
        """
        self._close_historical()
        cursor = self.historical_places.take(arrival_ns, before)
        if self.historical_places.checkpoints is not None:
            self.historical_places.checkpoints.hurry()
        self._open_historical(cursor)
        self._is_sought = bool(cursor)
        return cursor

    def rewind(self) -> None:
        """Let the files begin again.

        Raises:
            InputError: a file cannot be read.
        """
        ended = self._playheads[HISTORICAL]
        self._close_historical()
        self._open_historical(b"")
        self._ended = ended

    def cancel_rewind(self) -> None:
        """Stand at the end of the files again, if they were to begin again and have not yet."""
        if self._ended is not None:
            self._close_historical()
            self._playheads[HISTORICAL], self._ended = self._ended, None

    def _open_historical(self, cursor: bytes) -> None:
        from zreplay.historical.historical_source import HistoricalSource

        settings = self._settings
        self._historical = HistoricalSource(
            settings.historical,
            horizon_ns=settings.reorder_ns,
            late=settings.late,
            max_rows=settings.max_buffer_rows,
            max_jump_ns=settings.max_jump_ns,
            reject=self.rejected.append,
            cursor=cursor,
            begin=self.historical_places.begin(cursor),
            columns=settings.columns,
            selection=settings.selection,
            latency=settings.latency,
            indexes=self.historical_places.indexes,
        )
        self._reached, self._has_sent = dict(self._historical.read_to), False
        reader = ReadAhead(self._read_historical, self._wake)
        self._playheads[HISTORICAL] = Playhead(reader)
        self._ended = None

    def _check_capture(self, *, is_begun: bool) -> None:
        if is_begun and self._has_no_capture_yet:
            self._paths.capture.unlink(missing_ok=True)  # another start finds none either
            raise ResultLogError(
                f"{self._paths.capture} is lost: the run has begun, and what the feed gave is gone",
                fix="put the state folder back, or begin anew: --fresh",
                code="Z605",
            )
        self._has_no_capture_yet = False

    def _open_live(self, cursor: bytes) -> None:
        from zreplay.live.live_source import LiveSource

        source = LiveSource(self._paths.capture, self._reject_message, cursor)
        self._playheads[LIVE] = Playhead(source)

    def _reject_message(self, rejection: Rejection) -> None:
        self.rejected.append(rejection)
        self.rejected.flush()
        held_back = self._limit.held_back(time.monotonic_ns())
        if held_back is not None:
            log.warning(
                "live message rejected",
                reason=rejection.reason,
                column=rejection.column,
                value=rejection.value,
                held_back=held_back,
            )

    def select(self, mode: str) -> Playhead | None:
        """Return the playhead of a mode, None before `open`; connect the feed for live."""
        if self._feed is not None:
            if mode == LIVE:
                self._feed.connect()
            else:
                self._feed.disconnect()
        return self.playhead(mode)

    def playhead(self, mode: str) -> Playhead | None:
        """Return the playhead of a mode, None before `open`."""
        return self._playheads.get(mode)

    @property
    def files_ended(self) -> bool:
        """True when every historical quote of this pass has been taken."""
        head = self.playhead(HISTORICAL)
        return head is not None and head.is_ended

    def reached(self, position: int) -> None:
        """Note the position of the last quote sent, for the progress."""
        self._is_sought, self._has_sent = False, True
        self._reached[file_of(position)] = offset_of(position)

    def progress(self) -> float | None:
        """Return the share of the files that has been sent, None while there is no telling."""
        if not self._settings.historical:
            return None
        head = self.playhead(HISTORICAL)
        if head is not None and head.is_ended:
            return 1.0
        if STANDARD_INPUT in self._settings.historical:
            return None
        if head is not None and head.has_row:
            self.reached(head.next_position)  # after a seek nothing has been sent from there yet
        if self._is_sought:
            return None
        if self._historical is None:
            return 0.0
        # After a restart without a checkpoint, what was sent is read through first.
        return self._historical.share(self._reached if self._has_sent else self._historical.read_to)

    def feeds(self) -> list[dict[str, Any]]:
        """Return what the operator wants to know of each live address."""
        if self._feed is None:
            return []
        return [status._asdict() for status in self._feed.snapshot()]

    def close(self) -> None:
        self._close_playheads()
        if self._feed is not None:
            self._feed.close()
        if self._capture is not None:
            self._capture.close()
        self.rejected.flush()
        self.rejected.close()

    def _close_playheads(self) -> None:
        self._close_historical()
        for playhead in self._playheads.values():
            playhead.close()
        self._playheads.clear()

    def _close_historical(self) -> None:
        self._is_closing = True
        head = self._playheads.pop(HISTORICAL, None)
        if head is not None:
            head.close()
        if self._historical is not None:
            self._historical.close()
        self._is_closing = False

    def _read_historical(self) -> Piece | None:
        assert self._historical is not None
        source = self._historical
        piece = source.read()
        while not (is_flushed := self.rejected.flush()) and not self._is_closing:
            time.sleep(FULL_DISK_SECONDS)  # on the reader's thread: the replay waits for room
        checkpoints = self.historical_places.checkpoints
        if piece is not None and checkpoints is not None and is_flushed:
            checkpoints.offer(source.checkpoint, source.take_rows_read(), self.rejected.written)
        return piece
