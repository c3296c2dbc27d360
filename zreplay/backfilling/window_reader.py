"""The files of one task -> the quotes that arrive in its window, in order, and what it saw.

Rule 1: a file is read until no row behind can arrive in the window without being late, and on
through all of its pieces that are at home here.
Rule 2: only rows of pieces at home are rejected: so each is rejected once.
Rule 3: what of a file is late, a stray or behind its end, and whether it is one at all, is decided
by the code of a run.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace

from protocol.errors import InputError
from protocol.limits import INT64_MIN
from zreplay.backfilling.file_reading import FileReading, FileTask
from zreplay.backfilling.home_notes import notes_at_home
from zreplay.backfilling.proof import PieceReport, StartReport
from zreplay.backfilling.settings import Rules
from zreplay.historical.file_heads import expect_heads
from zreplay.historical.file_rows import FileRows
from zreplay.historical.left_out import NOTHING, LeftOut
from zreplay.historical.selection import Selector, Window
from zreplay.historical.small_blocks import SHORT_ROW_BYTES
from zreplay.ordering.arrival_order import LATE_REJECT, LATE_STOP, ArrivalOrder
from zreplay.ordering.late_rows import (
    late_error,
    late_rejections,
)
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.source_block import NO_NOTES, SourceBlock

_BEFORE_ALL: Final = (INT64_MIN, 0)


class Rejected(NamedTuple):
    """A rejected row of a file, by its number.

    Its line is counted from where the task began to read the file.
    """

    file: int
    rejection: Rejection


class WindowReader:
    """Reads the files of a task, in the order of their numbers, for a window of arrivals.

    Raises:
        InputError: a file cannot be read.
    """

    def __init__(self, files: Sequence[FileTask], window: Window, rules: Rules) -> None:
        self.rejected: list[Rejected] = []
        self.notes = NO_NOTES
        """What else there is in the pieces at home, as far as they were read."""

        self._rules = rules
        self._window = window
        self._names = [str(file.path) for file in files]
        self._files = [FileReading(file) for file in files]
        begin = OrderCursor.of(_BEFORE_ALL, [file.start for file in files])
        self._order = ArrivalOrder(
            self._names,
            horizon_ns=rules.reorder_ns,
            late=LATE_REJECT,
            max_rows=rules.max_buffer_rows,
            cursor=begin,
        )
        self._rows = FileRows(
            [file.path for file in files],
            columns=rules.columns,
            begin=begin,
            latency=rules.latency,
            max_jump_ns=rules.max_jump_ns,
            most_rejected=rules.max_rejected,
            waiting_bytes=SHORT_ROW_BYTES * rules.max_buffer_rows,
            noted=self._note,
            has_threads=rules.reads_ahead,
        )
        asked = rules.selection
        self._edges = Selector(asked, Window(asked.from_ns, asked.to_ns), rules.reorder_ns, 0)
        self._selector = Selector(asked, _common(window, asked.from_ns, asked.to_ns), 0, 0)
        self._warmup_left_out = NOTHING

    def blocks(self) -> Iterator[Block]:
        """Yield the quotes in order; then what was seen is known.

        Raises:
            InputError: a file cannot be read on, has a late quote and those end the run, or too
                many rows wait for their turn.
        """
        for at, file in enumerate(self._files):
            if self._edges.is_over(file.task.newest_ns):
                file.is_over = True
            if file.is_home_read and self._has_passed(file):
                self._order.end(at)
        if self._rows.are_opened_in_turn:
            expect_heads(self._rows, self._order, [file.task.start for file in self._files])
        while (number := self._order.next_file()) is not None:
            self._add_next(number)
            ordered = self._order.take()
            if ordered is not None:
                yield from self._selected(ordered)
        for at, file in enumerate(self._files):
            while not file.is_home_read:
                self._read_home(at, file)

    def piece_reports(self) -> list[PieceReport]:
        """Return what was seen of the pieces that are at home here."""
        return [report for file in self._files for report in file.piece_reports()]

    def start_reports(self) -> list[StartReport]:
        """Return what was found where each file was begun."""
        return [file.start_report() for file in self._files]

    @property
    def rows_read_twice(self) -> int:
        """How many quotes were read that are at home in another window."""
        return sum(file.rows - file.home_rows for file in self._files)

    @property
    def left_out(self) -> LeftOut:
        """What was left out of the quotes of the window; of those that warm it up, nothing is."""
        return self._selector.left_out.minus(self._warmup_left_out)

    def close(self) -> None:
        """Let the files go."""
        self._rows.close()

    def _note(self, number: int, source: SourceBlock) -> None:
        task = self._files[number].task
        self.notes = self.notes.plus(notes_at_home(task, source, self._rules.columns))

    def _selected(self, ordered: Block) -> Iterator[Block]:
        """Yield what is asked for, what warms the window up by itself."""
        begin = 0
        if self._rules.warmup_ns and self._window.start_ns is not None:
            window_ns = self._window.start_ns + self._rules.warmup_ns
            begin = int(np.searchsorted(ordered.arrival_ns, window_ns))
        if begin:
            chosen = self._selector.select(ordered.take(slice(0, begin)))
            self._warmup_left_out = self._selector.left_out
            if len(chosen.block):
                yield chosen.block
            ordered = ordered.take(slice(begin, None))
        if len(block := self._selector.select(ordered).block):
            yield block

    def _add_next(self, number: int) -> None:
        """Give the next rows of a file to the order, as long as one behind can be in the window."""
        file = self._files[number]
        source = self._next(number, file)
        if source is not None:
            self._order.add(number, source)
        if file.is_over or self._has_passed(file):
            self._order.end(number)
            if file.is_home_read:
                self._rows.end(number)

    def _read_home(self, number: int, file: FileReading) -> None:
        """Read on in a piece at home, of which nothing more is in the window."""
        self._next(number, file)
        if file.is_home_read:
            self._rows.end(number)

    def _has_passed(self, file: FileReading) -> bool:
        """Tell whether what follows arrives behind the window, or is late."""
        if self._window.end_ns is None:
            return False
        return file.newest.timestamp_ns >= self._window.end_ns + self._rules.reorder_ns

    def _next(self, number: int, file: FileReading) -> SourceBlock | None:
        """Return the next rows of a file, once what there is to see of them was seen."""
        given = self._rows.next(number)
        if isinstance(given, InputError):
            raise given
        if given is None:
            file.is_over = True
            return None
        source, rejections, file.is_over = self._edges.within(*given)
        late = file.late(source.block, self._rules.reorder_ns)
        name = self._names[number]
        if len(late.rows) and self._rules.late == LATE_STOP:
            if file.task.offsets[0]:  # its lines are counted from there
                source = source._replace(start=replace(source.start, line=None))
            raise late_error(source, late, file.newest, name, self._rules.reorder_ns)
        if len(late.rows):
            rejections = [
                *rejections,
                *late_rejections(source, late, name, self._rules.reorder_ns),
            ]
        at_home = file.see(source, rejections, late)
        self.rejected += [Rejected(file.task.number, each) for each in at_home]
        return source


def _common(window: Window, from_ns: int | None, to_ns: int | None) -> Window:
    """Return the arrivals that are in both."""
    starts = [ns for ns in (window.start_ns, from_ns) if ns is not None]
    ends = [ns for ns in (window.end_ns, to_ns) if ns is not None]
    return Window(max(starts, default=None), min(ends, default=None))
