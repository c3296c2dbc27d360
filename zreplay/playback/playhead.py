"""Where a source is being played: its current piece and the next row in it."""

from typing import Final, NamedTuple

import msgspec

from zreplay.playback.arrival_period import count_in_first_period
from zreplay.playback.batch_columns import BatchColumns, cut_of, due_count
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.playback.unpacked_rows import UnpackedRows
from zreplay.quotes.source import Piece, PolledSource, SegmentReason

ROWS_AHEAD: Final = 32
"""What is due at once is seldom more: it is then cut from rows that are unpacked."""


class Due(NamedTuple):
    """The next batch: quotes, the cursor of their source behind them, whether a segment starts."""

    batch: BatchColumns
    after: bytes
    starts: SegmentReason | None


class Playhead(msgspec.Struct):
    """Joins a source's pieces into one stream of rows."""

    source: PolledSource
    _piece: Piece | None = None
    _row: int = 0
    _unpacked: UnpackedRows | None = None
    """Rows around the next one, while rows are asked for by their arrival."""

    def fill(self) -> bool:
        """Have a piece with a row left; False when the source has none now."""
        while self._piece is None:
            piece = self.source.poll()
            if piece is None:
                return False
            if len(piece.block):
                self._piece, self._row = piece, 0
        return True

    @property
    def has_row(self) -> bool:
        return self._piece is not None

    @property
    def is_ended(self) -> bool:
        return self._piece is None and self.source.is_ended

    @property
    def starts_segment(self) -> SegmentReason | None:
        """Why the next row starts a segment, or None."""
        if self._piece is None or self._row:
            return None
        return self._piece.starts_segment

    @property
    def next_arrival_ns(self) -> int:
        """The arrival time of the next row; only after `fill` said True."""
        return self._next_unpacked().arrival_ns(self._row)

    @property
    def end_arrival_ns(self) -> int | None:
        """The arrival time of the last row of all, None while more may come."""
        if self._piece is None or not self.source.is_ended:
            return None
        return int(self._piece.block.arrival_ns[-1])

    def ends_after(self, count: int) -> bool:
        """Tell whether the source has no more than the next `count` rows."""
        assert self._piece is not None
        return self._row + count == len(self._piece.block) and self.source.is_ended

    @property
    def next_position(self) -> int:
        """The position of the next row; only after `fill` said True."""
        assert self._piece is not None
        return int(self._piece.block.position[self._row])

    def due_count(self, replay_now_ns: int) -> int:
        """Return how many rows of this piece have arrived by then."""
        assert self._piece is not None
        if replay_now_ns >= FOREVER_NS:
            return len(self._piece.block) - self._row
        unpacked = self._next_unpacked()
        count = unpacked.due_count(self._row, replay_now_ns)
        if self._row + count < unpacked.end:
            return count
        return due_count(self._piece.block, self._row, replay_now_ns)

    def peek(self, count: int, period_ns: int = 0) -> tuple[BatchColumns, bytes]:
        """Return the next rows, at most `count` and as many as fit, and the cursor after them.

        With a `period_ns` all of them arrived in one period of that length.
        """
        assert self._piece is not None
        end = self._row + count
        if period_ns:
            count = count_in_first_period(self._piece.block.arrival_ns[self._row : end], period_ns)
            end = self._row + count
        if self._unpacked is not None and end <= self._unpacked.end:
            cut = self._unpacked.cut(self._row, count)
        else:
            cut = cut_of(self._piece.block.take(slice(self._row, end)))
        return cut, self._piece.cursor_after(self._row + cut.quotes)

    def advance(self, count: int) -> None:
        """Move past the rows that were peeked at, once they are sent."""
        assert self._piece is not None
        self._row += count
        if self._row == len(self._piece.block):
            self._piece = self._unpacked = None

    def _next_unpacked(self) -> UnpackedRows:
        """Have the next row unpacked, and those behind it if there are any."""
        unpacked, wanted = self._unpacked, self._row + ROWS_AHEAD
        if unpacked is not None and unpacked.end >= wanted:
            return unpacked
        assert self._piece is not None
        if unpacked is None or unpacked.end < min(wanted, len(self._piece.block)):
            unpacked = self._unpacked = UnpackedRows(self._piece.block, self._row)
        return unpacked

    def close(self) -> None:
        self.source.close()
