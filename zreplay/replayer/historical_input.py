"""The files of one replayer, open at one place: where a run resumes, where a seek leads, the start.

Opening and closing may take long, so another thread may do it, one at a time. Meanwhile the loop
looks at one object, which is replaced as a whole.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from protocol.errors import ZreplayError
from zreplay.historical.files_reached import FilesReached
from zreplay.historical.span import Span
from zreplay.playback.playhead import Playhead
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.source_block import NO_NOTES, RowNotes
from zreplay.replayer.checkpoint_ring import LEAST_ROWS, CheckpointRing
from zreplay.replayer.historical_places import HistoricalPlaces
from zreplay.replayer.open_files import OpenFiles
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.settings import ReplaySettings

if TYPE_CHECKING:
    from zreplay.historical.historical_source import HistoricalSource
    from zreplay.historical.left_out import LeftOut
    from zreplay.historical.selection import Window
    from zreplay.recordings.index.row_counts import RowCounts


WINDOW_PARTS: Final = 8
"""Checkpoints are so far apart that one is behind all that may be on its way."""


class HistoricalInput:
    """Opens the files where the run continues."""

    def __init__(
        self, settings: ReplaySettings, rejected: RejectedLog, wake: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._rejected = rejected
        self._wake = wake
        self._places = HistoricalPlaces(settings)
        self._places.refused = rejected.written
        self._is_piped_in = STANDARD_INPUT in settings.historical
        selection = settings.selection
        self.files_reached = FilesReached(has_start=bool(selection and selection.has_start))
        self.row_counts: RowCounts | None = None
        """How many rows arrive before an instant, None where no index says it."""

        self._files: OpenFiles | None = None
        self._ended: OpenFiles | None = None
        """The pass that ended, until the first quote of the next has left."""

    @property
    def head(self) -> Playhead | None:
        """The playhead of the files, None while they are not open."""
        return self._files.head if self._files is not None else None

    def keep_checkpoints(self, path: Path, run: bytes) -> None:
        """Keep checkpoints of this run, from which a restart can read on."""
        settings = self._settings
        if settings.historical and not self._is_piped_in:
            self._places.checkpoints = CheckpointRing(
                path,
                run,
                len(settings.historical),
                least_rows=max(LEAST_ROWS, settings.window_quotes // WINDOW_PARTS),
            )

    def open(self, cursor: bytes, *, is_begun: bool) -> None:
        """Open the files where a run continues, empty is the start; rejected.log was read anew.

        Raises:
            InputError: a file cannot be read.
        """
        self.close()
        self._places.reopen(is_begun=is_begun)
        self._open(cursor, is_sought=False)

    def seek(self, arrival_ns: int | None, before: bytes) -> bytes:
        """Continue with the quotes that arrive then or later; None is the start.

        Returns the cursor there; `before` is the cursor from which they were read until now.

        Raises:
            InputError: a file cannot be read.
        """
        self.close()
        cursor = self._places.take(arrival_ns, before)
        if self._places.checkpoints is not None:
            self._places.checkpoints.hurry()
        self._open(cursor, is_sought=bool(cursor))
        return cursor

    def rewind(self) -> None:
        """Start the files again.

        Raises:
            InputError: a file cannot be read.
        """
        ended = self._files
        self.close()
        self._open(b"", is_sought=False)
        self._ended = ended

    def cancel_rewind(self) -> None:
        """Undo a `rewind` after which nothing was sent."""
        if self._ended is not None:
            ended, self._ended = self._ended, None
            self.close()
            self._files = ended

    def find(self, arrival_ns: int | None, before: bytes) -> int:
        """Find where a seek leads: see zreplay/replayer/historical_places.py."""
        return self._places.find(arrival_ns, before)

    def span(self, *, looks_at_ends: bool = True) -> Span:
        """Return the first and the last arrival, as far as they are known."""
        return self._places.span(looks_at_ends=looks_at_ends)

    def reading(self) -> str:
        """Return what the last seek reads through, empty once its first quote is there."""
        head = self.head
        is_there = head is None or head.has_row or head.is_ended
        return "" if is_there else self._places.reading()

    def reached(self, position: int) -> None:
        """Note the position of the last quote sent, for the progress."""
        if self._files is not None:
            self._files.reached(position)

    @property
    def window(self) -> Window | None:
        """The arrivals that were asked for, None while that is not known."""
        return None if self._files is None else self._files.window

    def left_out(self, sent: bytes) -> LeftOut:
        """Return what this pass left out before its last quote sent, whose place that is.

        At the end of the files it is what it left out in all.
        """
        from zreplay.historical.historical_cursor import left_out_before

        files = self._files
        has_ended = files is not None and files.head.is_ended
        return files.left_out if files is not None and has_ended else left_out_before(sent)

    def share(self) -> float | None:
        """Return the share of the files that has been sent, None while there is no telling."""
        files = self._files
        if files is None or (self._is_piped_in and not files.head.is_ended):
            return None
        return files.share()

    @property
    def notes(self) -> RowNotes:
        """What was read beside quotes and rejections, since the files were opened."""
        return NO_NOTES if self._files is None else self._files.notes

    def close(self) -> None:
        files, self._files = self._files, None
        if files is not None:
            files.close()

    def _open(self, cursor: bytes, *, is_sought: bool) -> None:
        self._ended = None
        source = self._source_at(cursor)
        self.files_reached.open(source.starts.values(), is_from_start=not cursor)
        self._files = OpenFiles(
            source,
            self.files_reached,
            self._rejected,
            self._wake,
            self._places.checkpoints,
            is_sought=is_sought or self._places.is_read_through,
            at_first=self._look_for_counts,
        )

    def _look_for_counts(self) -> None:
        if self.row_counts is None:
            with contextlib.suppress(ZreplayError):  # who reads the file says why it cannot be
                self.row_counts = self._places.row_counts()

    def _source_at(self, cursor: bytes) -> HistoricalSource:
        from zreplay.historical.historical_source import HistoricalSource

        settings = self._settings
        return HistoricalSource(
            settings.historical,
            horizon_ns=settings.reorder_ns,
            late=settings.late,
            max_rows=settings.max_buffer_rows,
            max_jump_ns=settings.max_jump_ns,
            most_rejected=settings.max_rejected,
            reject=self._rejected.append,
            cursor=cursor,
            begin=self._places.begin(cursor),
            columns=settings.columns,
            selection=settings.selection,
            latency=settings.latency,
            indexes=self._places.indexes,
            is_bare=settings.without_amounts,
        )
