"""Recordings -> quotes in arrival order, with a cursor after each of them.

`read` blocks; zreplay/historical/read_ahead.py makes a source of it that can be polled.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from protocol.errors import InputError
from zreplay.historical.file_heads import expect_heads, first_arrival_ns
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.file_notes import FileNotes
from zreplay.historical.file_rows import FileRows
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.hopeless_start import NO_LIMIT
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.left_out import NOTHING, Chosen, LeftOut
from zreplay.historical.place_check import PlaceCheck
from zreplay.historical.rows_together import take_together
from zreplay.historical.selection import ALL_ARRIVALS, Selection, Selector, Window
from zreplay.historical.small_blocks import SHORT_ROW_BYTES
from zreplay.historical.source_start import place_before
from zreplay.historical.source_warnings import warn_if_empty, warn_of_far_time
from zreplay.ordering.arrival_order import GROUP_ROWS, ArrivalOrder
from zreplay.ordering.held_rejections import MOST_HELD, HeldRejections
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.quotes.block import EMPTY, Block
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.source import Piece
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.joint_rows import JointRows
from zreplay.recordings.strays import OFF

Observe = Callable[[int, Block, int], None]
"""Takes the number of a file, its next rows before they are ordered, and the offset behind them."""


class HistoricalSource:
    """Reads files, merged, and gives what comes after `cursor`; empty is the start.

    They are read from `begin` on, None is their beginning: all that is not after the cursor is
    skipped. `carries`: see `FileRows`. If it `is_bare`, so are blocks. One thread reads; cursors
    and `share` may be asked from another.

    Raises:
        InputError: a file cannot be read, or there are too many.
        ProtocolError: the cursor belongs to other files.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        horizon_ns: int,
        late: str,
        max_rows: int,
        reject: Callable[[Rejection], None],
        cursor: bytes = b"",
        begin: OrderCursor | None = None,
        columns: FormatOptions = NO_COLUMNS,
        selection: Selection | None = None,
        latency: LatencyModel | None = None,
        max_jump_ns: int = OFF,
        most_rejected: int = NO_LIMIT,
        observe: Observe | None = None,
        indexes: FileIndexes | None = None,
        carries: bool = False,
        is_bare: bool = False,
    ) -> None:
        start = HistoricalCursor.unpack(cursor, len(paths)) if cursor else None
        self._observe, self._horizon_ns = observe, horizon_ns
        self._selection = selection or Selection()
        self._is_bare = is_bare
        self._names = [str(path) for path in paths]
        is_piped_in = STANDARD_INPUT in paths
        self._new_order = partial(
            ArrivalOrder,
            self._names,
            horizon_ns=horizon_ns,
            late=late,
            max_rows=max_rows,
            group_rows=0 if is_piped_in else GROUP_ROWS,  # which may come row by row
        )
        if start is not None:
            begin = place_before(start, begin, len(paths), self._selection, is_piped_in=is_piped_in)
        self._order = self._new_order(cursor=begin)
        self._start = start
        self._begin_key = begin.last_key if begin else None
        self._resumes = list(begin.files) if begin else []
        self._last_ns = start.last_key[0] if start else None
        """The arrival of the last quote that was given."""
        self._origin_ns = start.origin_ns if start else None
        self._selector: Selector | None = None
        self.notes = FileNotes()
        self._over, self._rows_read = set[int](), 0
        told = (lambda number, place: None) if indexes is None else indexes.told
        self._new_held = partial(HeldRejections, reject=reject, told=told)
        self._held = self._new_held(self._resumes or [Resume(BEGINNING, None)] * len(paths))
        if indexes is not None:
            indexes.begin(begin, lambda: self.share(dict(self.read_to)))
        self._check = PlaceCheck({} if indexes is None else indexes.to_check)
        self._rows = FileRows(
            paths,
            columns=columns,
            begin=begin,
            latency=latency,
            max_jump_ns=max_jump_ns,
            most_rejected=most_rejected,
            indexes=indexes,
            waiting_bytes=SHORT_ROW_BYTES * max_rows,
            carries=carries,
            are_bare=is_bare and not self._selection.dedupe,  # which compares them
        )
        self.read_to = {number: self._rows.offset(number) for number in range(len(paths))}
        """Up to which offset each file was read, by its number."""
        self.starts = {name: self._rows.offset(number) for number, name in enumerate(self._names)}
        """The offset at which the reading of each file began, by its name in rejections."""

    def read(self) -> Piece | None:
        """Return the next quotes in order, none if there are none yet; None at the end.

        It comes back after each block of a file: whoever wants it to end need not wait long.

        Raises:
            InputError: a file cannot be read on, its order cannot be restored within the horizon
                and the row limit, or it has a late quote and those end the run. Everything
                that comes before was returned.
        """
        if (number := self._check.next_file) is not None:
            self._check_place(number)
            return Piece(EMPTY, self._cursor_after_nothing)
        if self._selector is None:
            self._selector = self._begin()
        number = None if self._is_over(self._selector) else self._order.next_file()
        if number is None:
            warn_if_empty(self._selection, self._selector)
            return None
        self._add_next(number, self._selector)
        self._rows.begin_next(self._order.take_turns(), self._order.nearest)
        ordered = self._order.take(is_urgent=self._held.count > MOST_HELD)
        chosen = None if ordered is None else self._selector.select(ordered)
        if chosen is not None and len(chosen.block):
            self._last_ns = int(chosen.block.arrival_ns[-1])
        self._tell(self._selector)
        if chosen is None:
            return Piece(EMPTY, self._cursor_after_nothing)
        block = chosen.block.bare() if self._is_bare else chosen.block
        return Piece(block, partial(self._cursor_after, chosen))

    def _is_over(self, selector: Selector) -> bool:
        """Tell whether as many quotes were given as may be, and what was rejected up to there.

        Where that is known already, behind a restart, it is read once more what was rejected.
        """
        if not selector.is_full or self._last_ns is None or (now := self._order.reached) is None:
            return selector.is_full
        return now[0] > self._last_ns + self._horizon_ns

    def _tell(self, selector: Selector) -> None:
        """Tell what was rejected, as far as that follows from what was given."""
        if selector.is_full:
            assert self._last_ns is not None
            self._held.release((self._last_ns + self._horizon_ns, len(self._names)))
        elif self._selection.limit is None or not self._order.has_due:
            self._held.release(self._order.settled)

    def take_rows_read(self) -> int:
        """Return how many rows were read since the last time."""
        rows, self._rows_read = self._rows_read, 0
        return rows

    def _check_place(self, number: int) -> None:
        """Compare the next block of a file with the index that gave its place.

        Where that is wrong the file is read from its beginning. Nothing was ordered yet.
        """
        parsed = self._rows.look_on(number)
        is_wrong = self._check.is_wrong(number, self._resumes[number].place.offset, parsed)
        if is_wrong:
            self._begin_again(number)
        if is_wrong is not None and self._rows.are_opened_in_turn:
            self._rows.close_for_now(number)

    def _begin_again(self, number: int) -> None:
        assert self._begin_key is not None
        self._rows.begin_again(number)
        self._resumes[number] = Resume(BEGINNING, None)
        self._order = self._new_order(cursor=OrderCursor.of(self._begin_key, self._resumes))
        self._held = self._new_held(self._resumes)

    def _add_next(self, number: int, selector: Selector) -> None:
        """Give the next block of a file, and of those read with it, to the order, or its end."""
        joint = self._rows.next_together(number, self._order.nearest)
        if joint is not None and self._takes_together(joint, selector):
            return
        parsed = self._rows.next(number, self._order.nearest)
        self._rows.go_ahead(number, self._order.nearest)
        if isinstance(parsed, InputError):
            self._order.break_off(number, parsed)
            return
        is_over = parsed is None
        if parsed is not None:
            source, rejections, is_over = selector.within(*parsed)
            self._rows_read += len(source.block)
            self.read_to[number] = source.end.offset
            if self.notes.add(number, source):
                warn_of_far_time(self._names[number], self.notes, self._rows.layouts[number])
            if self._observe is not None:
                self._observe(number, source.block, source.end.offset)
            reached = self._order.reached
            assert reached is not None, "it is the file furthest behind"
            rejections = self._order.add(number, source, rejections)
            self._held.add(number, source, reached[0], rejections)
        if is_over:
            self._order.end(number)
            self._over.add(number)
            self._rows.end(number)

    def _takes_together(self, joint: JointRows, selector: Selector) -> bool:
        """Give joint rows to the order; False if each file has to be looked at by itself."""
        is_usual = selector.has_all_within(joint.block) and not self.notes.has_far_time(joint.block)
        if not (is_usual and take_together(joint, self._rows, self._order, self._held)):
            return False
        self._rows_read += len(joint.block)
        for part in joint.parts:
            self.read_to[part.number] = part.end.offset
            if self._observe is not None:
                self._observe(part.number, part.of(joint.block), part.end.offset)
        return True

    def _begin(self) -> Selector:
        selection, start = self._selection, self._start
        if self._rows.are_opened_in_turn:
            expect_heads(self._rows, self._order, self._resumes)
        if selection.needs_origin and self._origin_ns is None:
            self._origin_ns = first_arrival_ns(self._rows, self._new_order())
        selector = Selector(
            selection,
            self.window or ALL_ARRIVALS,
            self._horizon_ns,
            start.sent if start else 0,
            start.left_out if start else NOTHING,
            start.last_key if start else None,
        )
        for number, resume in enumerate(self._resumes):
            if selector.is_over(resume.newest_ns):
                self._order.end(number)
        return selector

    def _cursor_after(self, chosen: Chosen, rows: int) -> bytes:
        """Return the cursor after so many quotes of a piece."""
        block, sent = chosen.block, chosen.sent_before + rows
        key = int(block.arrival_ns[rows - 1]), int(block.position[rows - 1])
        return HistoricalCursor(sent, self._origin_ns, key, chosen.left_out(rows)).pack()

    def _cursor_after_nothing(self, rows: int) -> bytes:
        raise IndexError(f"a piece without a quote has no place behind {rows}")

    @property
    def left_out(self) -> LeftOut:
        """What was left out of all that was read, and of what was sent before the cursor."""
        if self._selector is not None:
            return self._selector.left_out
        return self._start.left_out if self._start else NOTHING

    def checkpoint(self) -> OrderCursor | None:
        """Return from where the files can be read on after the last piece; None at the start.

        It serves any cursor whose key is not before its own. The reading thread asks. While a
        place of an index is not compared with its file, there is none.
        """
        if self._check.next_file is not None:
            return None
        checkpoint = self._order.checkpoint()
        return None if checkpoint is None else checkpoint.not_after(self._held.starts())

    @property
    def window(self) -> Window | None:
        """The arrivals that were asked for, None while that is not known."""
        if self._selection.needs_origin and self._origin_ns is None:
            return None
        return self._selection.window(self._origin_ns or 0)

    def share(self, reached: Mapping[int, int], begun: Mapping[int, int] | None = None) -> float:
        """Return about how much of the files lies before these offsets: see `share_of`."""
        return self._rows.share(reached, begun, self._over)

    @property
    def layouts(self) -> list[Layout | None]:
        """What stands where in each file, None of a capture and while it has not come."""
        return self._rows.layouts

    def close(self) -> None:
        """Let the files go, once what is being parsed is done."""
        self._rows.close()
