"""Files that are open at one place: a reader ahead of the playhead, and how far they were sent.

Opened anew for each run, seek and pass; what was open before is closed, and counts no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from zreplay.historical.read_ahead import ReadAhead
from zreplay.playback.playhead import Playhead
from zreplay.quotes.block import file_of, offset_of
from zreplay.quotes.source import Piece
from zreplay.replayer.rejected_log import RejectedLog

if TYPE_CHECKING:
    from zreplay.historical.historical_source import HistoricalSource

FULL_DISK_SECONDS: Final = 0.2


class OpenFiles:
    """A historical source, read on a thread of its own."""

    def __init__(
        self,
        source: HistoricalSource,
        rejected: RejectedLog,
        wake: Callable[[], None],
        *,
        is_sought: bool,
    ) -> None:
        self._source = source
        self._rejected = rejected
        self._reached = dict(enumerate(source.starts.values()))
        self._is_sought = is_sought
        self._is_closing = False
        self.head = Playhead(ReadAhead(self._read, wake))

    def reached(self, position: int) -> None:
        """Note the position of the last quote sent, for the progress."""
        self._is_sought = False
        self._reached[file_of(position)] = offset_of(position)

    def progress(self) -> float | None:
        """Return the share of the files that has been sent, None while there is no telling."""
        if self.head.is_ended:
            return 1.0
        if self.head.has_row:
            self.reached(self.head.next_position)  # after a seek nothing has been sent from there
        return None if self._is_sought else self._source.share(self._reached)

    def close(self) -> None:
        """End the reader, which finishes the block that it is in."""
        self._is_closing = True
        self.head.close()
        self._source.close()

    def _read(self) -> Piece | None:
        piece = self._source.read()
        while not self._rejected.flush() and not self._is_closing:
            time.sleep(FULL_DISK_SECONDS)  # on the reader's thread: the replay waits for room
        return piece
