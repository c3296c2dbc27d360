"""What a task sees of one file: how far it was read, and what the proof asks of its rows. Pure.

Lines are counted from where the task began to read, from 1 there.
"""

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from zreplay.backfilling.arrival_spans import ArrivalSpans
from zreplay.backfilling.proof import PieceReport, StartReport
from zreplay.ordering.late_rows import NO_LATE_ROWS, LateRows, Newest, late_rows, may_have_late_rows
from zreplay.ordering.order_cursor import Resume
from zreplay.quotes.block import Block, Int64s, offset_of
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.recordings.source_block import FilePlace, SourceBlock


class FileTask(NamedTuple):
    """A file of a task, which is read from its piece number `first` on.

    `homes` are the numbers of the pieces that are at home in the window. `offsets` are where the
    pieces begin, from the first up to the one behind the last at home, if there is one. `ends` is
    what the file is told by on another machine.
    """

    number: int
    path: Path
    first: int
    offsets: tuple[int, ...]
    homes: frozenset[int]
    newest_ns: int | None
    ends: str | None = None

    @property
    def start(self) -> Resume:
        """Where it is read from. Lines of a piece inside of a file are counted from 1 too."""
        return Resume(FilePlace(self.offsets[0], 1, self.newest_ns), self.newest_ns)

    def is_at_home(self, offset: int) -> bool:
        """Tell whether the piece that a byte is in is at home in the window."""
        return self.first + max(0, bisect_right(self.offsets, offset) - 1) in self.homes


class FileReading:
    """Takes the rows of a file, in file order, as a task reads them."""

    def __init__(self, task: FileTask) -> None:
        self.task = task
        self.newest = Newest.at(task.newest_ns)
        self.is_over = False
        """True once it has nothing more to give: at its end, or behind the last instant asked."""

        self.rows = self.home_rows = 0
        """How many quotes were read, and of these in pieces at home: the others are read twice."""

        self._offset = 0
        self._home_end: int | None = 0
        """Where the last of its pieces at home ends; None is the end of the file."""
        if task.homes:
            behind = max(task.homes) - task.first + 1
            self._home_end = task.offsets[behind] if behind < len(task.offsets) else None
        self._first: tuple[int, int] | None = None
        self._is_after_strays = False
        self._newest_of: dict[int, int] = {}
        self._arrivals_of: dict[int, ArrivalSpans] = {}
        self._line_at: dict[int, int | None] = {} if task.offsets[0] else {0: 1}

    @property
    def is_home_read(self) -> bool:
        """True once all of its pieces that are at home were read."""
        return self.is_over or (self._home_end is not None and self._offset >= self._home_end)

    def late(self, block: Block, horizon_ns: int) -> LateRows:
        """Return which of the next rows are late."""
        look = block, self.newest.timestamp_ns, horizon_ns
        return late_rows(*look) if may_have_late_rows(*look) else NO_LATE_ROWS

    def see(
        self, source: SourceBlock, rejections: Sequence[Rejection], late: LateRows
    ) -> list[Rejection]:
        """Take the next rows, and those that are no quotes; return what of these is at home."""
        block = source.block
        offsets = offset_of(block.position)
        if self._first is None:
            before = int(offsets[0]) if len(block) else source.end.offset
            self._is_after_strays |= any(
                each.code == RowCode.STRAY and each.offset < before for each in rejections
            )
            if len(block):
                self._first = int(block.timestamp_ns[0]), int(block.arrival_ns[0])
        self.rows += len(block)
        self.newest = self.newest.after(block, source)
        self._offset = source.end.offset
        for begin in self.task.offsets:
            if source.start.offset <= begin <= source.end.offset and begin not in self._line_at:
                self._line_at[begin] = _line_of(source, begin)
        if len(block):
            self._see_pieces(block, offsets, late)
        in_order = sorted(rejections, key=lambda rejection: rejection.offset)
        return [each for each in in_order if self.task.is_at_home(each.offset)]

    def piece_reports(self) -> list[PieceReport]:
        """Return what was seen of the pieces that are at home."""
        return [
            PieceReport(
                self.task.number,
                piece,
                self._newest_of.get(piece),
                self._arrivals_of.get(piece, ArrivalSpans()).spans,
                self._lines(piece),
            )
            for piece in sorted(self.task.homes)
        ]

    def start_report(self) -> StartReport:
        """Return what was found where it was begun."""
        first_ns, first_arrival_ns = self._first or (None, None)
        return StartReport(self.task.number, first_ns, first_arrival_ns, self._is_after_strays)

    def _see_pieces(self, block: Block, offsets: Int64s, late: LateRows) -> None:
        ends = [*self.task.offsets[1:], None]
        for at, (begin, end) in enumerate(zip(self.task.offsets, ends, strict=True)):
            piece = self.task.first + at
            first = int(np.searchsorted(offsets, begin))
            last = len(block) if end is None else int(np.searchsorted(offsets, end))
            if piece not in self.task.homes or first >= last:
                continue
            self.home_rows += last - first
            newest_ns = int(block.timestamp_ns[first:last].max())
            self._newest_of[piece] = max(newest_ns, self._newest_of.get(piece, newest_ns))
            arrival_ns = block.arrival_ns[first:last]
            if len(late.rows):
                arrival_ns = arrival_ns[~np.isin(np.arange(first, last), late.rows)]
            self._arrivals_of.setdefault(piece, ArrivalSpans()).add(arrival_ns)

    def _lines(self, piece: int) -> int | None:
        """Return how many lines a piece has, None of the last, or where that is not known."""
        begin, *ends = self.task.offsets[piece - self.task.first :][:2]
        first, behind = self._line_at.get(begin), self._line_at.get(ends[0]) if ends else None
        return None if first is None or behind is None else behind - first


def _line_of(source: SourceBlock, offset: int) -> int | None:
    for place in (source.start, source.end):
        if offset == place.offset:
            return place.line
    return source.line_at(offset)
