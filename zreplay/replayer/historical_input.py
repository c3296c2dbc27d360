"""The files of one replayer, open at one place at a time: a run's, a seek's, or the beginning.

All that opens or closes them may take long: another thread may do it, one at a time. What the
loop looks at meanwhile is one object, which is there as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zreplay.historical.files_reached import FilesReached
from zreplay.historical.span import Span
from zreplay.playback.playhead import Playhead
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.replayer.checkpoint_ring import LEAST_ROWS, CheckpointRing
from zreplay.replayer.historical_places import HistoricalPlaces
from zreplay.replayer.open_files import OpenFiles
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.settings import ReplaySettings

if TYPE_CHECKING:
    from zreplay.historical.historical_source import HistoricalSource
    from zreplay.historical.selection import Window
    from zreplay.recordings.index.row_counts import RowCounts


WINDOW_PARTS: Final = 8
"""Checkpoints are so far apart that one is behind all that may be on its way."""


class HistoricalInput:
    """Opens the files where the run goes on."""

    def __init__(
        self, settings: ReplaySettings, rejected: RejectedLog, wake: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._rejected = rejected
        self._wake = wake
        self._places = HistoricalPlaces(settings)
        self._places.refused = rejected.written
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
        """Keep from where the files of this run can be read on; a restart goes on from there."""
        settings = self._settings
        if settings.historical and STANDARD_INPUT not in settings.historical:
            self._places.checkpoints = CheckpointRing(
                path,
                run,
                len(settings.historical),
                least_rows=max(LEAST_ROWS, settings.window_quotes // WINDOW_PARTS),
            )

    def open(self, cursor: bytes, *, is_begun: bool) -> None:
        """Open the files where a run goes on, empty is the start; rejected.log was read anew.

        Raises:
            InputError: a file cannot be read.
        """
        self.close()
        self._places.reopen(is_begun=is_begun)
        self._open(cursor, is_sought=False)

    def seek(self, arrival_ns: int | None, before: bytes) -> bytes:
        """Let the quotes go on with those that arrive then or later; None is the start.

        Returns the place there; `before` is the one where they stood.

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
        """Let the files begin again.

        Raises:
            InputError: a file cannot be read.
        """
        ended = self._files
        self.close()
        self._open(b"", is_sought=False)
        self._ended = ended

    def cancel_rewind(self) -> None:
        """Stand at the end of the files again, if they were to begin again and have not yet."""
        if self._ended is not None:
            ended, self._ended = self._ended, None
            self.close()
            self._files = ended

    def find(self, arrival_ns: int | None, before: bytes) -> int:
        """Find where a seek is to go: zreplay/replayer/historical_places.py."""
        return self._places.find(arrival_ns, before)

    def span(self, *, looks_at_ends: bool = True) -> Span:
        """Return the first and the last arrival that can be had."""
        return self._places.span(looks_at_ends=looks_at_ends)

    def reading(self) -> str:
        """Return what is read on the way of the last seek, empty once its first quote is there."""
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

    def share(self) -> float | None:
        """Return the share of the files that has been sent, None while there is no telling."""
        files = self._files
        if files is None or (
            STANDARD_INPUT in self._settings.historical and not files.head.is_ended
        ):
            return None
        return files.share()

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
            reject=self._rejected.append,
            cursor=cursor,
            begin=self._places.begin(cursor),
            columns=settings.columns,
            selection=settings.selection,
            latency=settings.latency,
            indexes=self._places.indexes,
        )
