"""Files that are open at one place: a reader ahead of the playhead, and how far they were sent.

Opened anew for each run, seek and pass; what was open before is closed and no longer counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from zreplay.historical.files_reached import FilesReached
from zreplay.historical.read_ahead import ReadAhead
from zreplay.playback.playhead import Playhead
from zreplay.quotes.source import Piece
from zreplay.recordings.source_block import RowNotes
from zreplay.replayer.rejected_log import RejectedLog

if TYPE_CHECKING:
    from zreplay.historical.historical_source import HistoricalSource
    from zreplay.historical.left_out import LeftOut
    from zreplay.historical.selection import Window
    from zreplay.replayer.checkpoint_ring import CheckpointRing

FULL_DISK_SECONDS: Final = 0.2


class OpenFiles:
    """A historical source, read on a thread of its own.

    `at_first` is called on another one when the first quotes were read, and ends before `close`.
    """

    def __init__(
        self,
        source: HistoricalSource,
        reached: FilesReached,
        rejected: RejectedLog,
        wake: Callable[[], None],
        checkpoints: CheckpointRing | None = None,
        *,
        is_sought: bool,
        at_first: Callable[[], None],
    ) -> None:
        self._source = source
        self._rejected = rejected
        self._reached = reached
        # Beside the reader, for whom everything waits then.
        self._at_first = threading.Thread(target=at_first, name="at first")
        self._checkpoints = checkpoints
        self._is_sought = is_sought
        self._is_closing = self._has_begun = False
        self.head = Playhead(ReadAhead(self._read, wake))

    def reached(self, position: int) -> None:
        """Note the position of the last quote sent, for the progress."""
        self._is_sought = False
        self._reached.note(position)

    @property
    def window(self) -> Window | None:
        """The arrivals that were asked for, None while that is not known."""
        return self._source.window

    @property
    def left_out(self) -> LeftOut:
        """What was left out of all that was read, and before."""
        return self._source.left_out

    def share(self) -> float | None:
        """Return the share of the files that has been sent, None while that is not known.

        What lies before the first quote that was asked for does not count.
        """
        if self.head.is_ended:
            return 1.0
        if self.head.has_row:
            self.reached(self.head.next_position)  # after a seek nothing has been sent from there
        if self._is_sought or not self._reached.is_known:
            return None
        return self._source.share(self._reached.sent, self._reached.begun)

    @property
    def notes(self) -> RowNotes:
        """What was read beside quotes and rejections, since the files were opened."""
        return self._source.notes.total

    def close(self) -> None:
        """End the reader, which finishes its current block."""
        self._is_closing = True
        self.head.close()
        if self._has_begun:
            self._at_first.join()
        self._source.close()

    def _read(self) -> Piece | None:
        piece = self._source.read()
        if piece is not None and len(piece.block):
            self._reached.read(piece.block)
            if not self._has_begun:
                self._at_first.start()
                self._has_begun = True
        while not (is_flushed := self._rejected.flush()) and not self._is_closing:
            time.sleep(FULL_DISK_SECONDS)  # on the reader's thread: the replay waits for room
        if piece is not None and self._checkpoints is not None and is_flushed:
            rows = self._source.take_rows_read()
            self._checkpoints.offer(self._source.checkpoint, rows, self._rejected.written)
        return piece
