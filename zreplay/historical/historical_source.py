"""Recordings -> quotes in arrival order, with a cursor after each of them."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from protocol.program.diagnostics import Log
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.files_share import share_of
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.parse_ahead import ParseAhead
from zreplay.historical.place_check import PlaceCheck
from zreplay.historical.selection import Selection, Selector, Window
from zreplay.ordering.arrival_order import GROUP_ROWS, ArrivalOrder
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.quotes.block import EMPTY, Block
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.source import Piece
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording import Parsed, Recording
from zreplay.recordings.recording_kind import open_recording, open_recordings
from zreplay.recordings.source_block import SourceBlock
from zreplay.recordings.strays import OFF, Strays

log = Log("zreplay")

Reject = Callable[[Rejection], None]

TEXT_BYTES_A_ROW: Final = 32
"""A row of text is longer: a block of each file is less than the rows that may wait."""

Observe = Callable[[int, SourceBlock], None]
"""Takes the number of a file and its next rows, before they are ordered."""


class HistoricalSource:
    """Reads files, merged, from the place that `cursor` names; empty is the start.

    One thread reads; cursors and `share` may be asked from another.

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
        reject: Reject,
        cursor: bytes = b"",
        columns: FormatOptions = NO_COLUMNS,
        selection: Selection | None = None,
        latency: LatencyModel | None = None,
        max_jump_ns: int = OFF,
        observe: Observe = lambda number, source: None,
        indexes: FileIndexes | None = None,
    ) -> None:
        start = HistoricalCursor.unpack(cursor, len(paths)) if cursor else None
        self._reject = reject
        self._observe = observe
        self._horizon_ns = horizon_ns
        self._max_jump_ns = max_jump_ns
        self._selection = selection or Selection()
        self._latency = latency
        self._names = [str(path) for path in paths]
        self._paths, self._columns = paths, columns
        self._new_order = partial(
            ArrivalOrder,
            self._names,
            horizon_ns=horizon_ns,
            late=late,
            max_rows=max_rows,
            # What is piped in may come row by row.
            group_rows=0 if STANDARD_INPUT in paths else GROUP_ROWS,
        )
        order = start.order if start else None
        self._order = self._new_order(cursor=order)
        self._start = start
        self._resumes = start.order.files if start else ()
        self._origin_ns = start.origin_ns if start else None
        self._selector: Selector | None = None
        self._over: set[int] = set()
        self._indexes = indexes
        if indexes is not None:
            indexes.begin(order, lambda: self.share(dict(self._read_to)))
        self._check = PlaceCheck({} if indexes is None else indexes.to_check)
        self._files = _opened(paths, columns, self._resumes)
        self._blocks = ParseAhead(self._files, TEXT_BYTES_A_ROW * max_rows)
        accepted_ns = [resume.place.accepted_ns for resume in self._resumes] or [None] * len(paths)
        self._strays = [
            Strays(file.name, max_jump_ns, newest_ns)
            for file, newest_ns in zip(self._files, accepted_ns, strict=True)
        ]
        self._decided: list[deque[Parsed | InputError | None]] = [deque() for _ in paths]
        self._looked_at: list[deque[Parsed | InputError | None]] = [deque() for _ in paths]
        self._read_to = {number: file.place.offset for number, file in enumerate(self._files)}
        self.starts = {file.name: file.place.offset for file in self._files}
        """The place at which the reading of each file began, by its name in rejections."""

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
            return Piece(EMPTY, partial(self._cursor_after, EMPTY, 0))
        if self._selector is None:
            self._selector = self._begin()
        number = None if self._selector.is_full else self._order.next_file()
        if number is None:
            self._say_if_empty(self._selector)
            return None
        self._add_next(number, self._selector)
        sent = self._selector.sent
        ordered = self._order.take()
        block = EMPTY if ordered is None else self._selector.select(ordered)
        return Piece(block, partial(self._cursor_after, block, sent))

    def _check_place(self, number: int) -> None:
        """Compare the next block of a file with the index that gave its place.

        Where that is wrong the file is read from its beginning. Nothing was ordered yet.
        """
        parsed = self._next_parsed(number)
        self._looked_at[number].append(parsed)
        if self._check.is_wrong(number, self._resumes[number].place.offset, parsed):
            self._begin_again(number)

    def _begin_again(self, number: int) -> None:
        assert self._indexes is not None
        self._indexes.begin_again(number)
        self._blocks.end(number)
        self._files[number].close()
        self._files[number] = open_recording(self._paths[number], number, self._columns)
        self._strays[number] = Strays(self._names[number], self._max_jump_ns, None)
        self._decided[number].clear()
        self._looked_at[number].clear()
        resumes = list(self._resumes)
        resumes[number] = Resume(BEGINNING, None)
        self._resumes = tuple(resumes)
        assert self._start is not None
        last_key = self._start.order.last_key
        self._order = self._new_order(cursor=OrderCursor.of(last_key, resumes))

    def _say_if_empty(self, selector: Selector) -> None:
        asked = self._selection.as_options()
        if asked and not selector.sent:
            log.warning("the selection matches no quote of the files", asked=asked)

    def _add_next(self, number: int, selector: Selector) -> None:
        """Give the next block of a file to the order, or let it know that there is none."""
        ahead = self._looked_at[number]
        parsed = ahead.popleft() if ahead else self._next_parsed(number)
        if isinstance(parsed, InputError):
            self._order.break_off(number, parsed)
            return
        is_over = parsed is None
        if parsed is not None:
            source, rejections, is_over = selector.within(*parsed)
            self._observe(number, source)
            late = self._order.add(number, source)
            for rejection in (*rejections, *late):
                self._reject(rejection)
            if self._indexes is not None:
                self._indexes.told(number, source.end)
        if is_over:
            self._order.end(number)
            self._over.add(number)
            self._blocks.end(number)
            self._files[number].close()

    def _next_parsed(self, number: int) -> Parsed | InputError | None:
        """Return the next block of a file, or why there is none."""
        parsed = self._next_decided(number)
        if isinstance(parsed, InputError):
            return parsed
        if parsed is not None and self._latency is not None:
            source, rejections = self._latency.apply(parsed.source, self._names[number])
            parsed = Parsed(source, [*parsed.rejections, *rejections])
        if self._indexes is not None:
            self._indexes.note(number, parsed)
        if parsed is not None:
            self._read_to[number] = parsed.source.end.offset
        return parsed

    def _next_decided(self, number: int) -> Parsed | InputError | None:
        """Return the next rows of a file without its strays, or why there are none."""
        decided = self._decided[number]
        if not decided:
            try:
                parsed: Parsed | InputError | None = self._blocks.next(number)
            except InputError as error:
                parsed = error
            if isinstance(parsed, Parsed):
                decided.extend(self._strays[number].add(parsed))
            else:
                decided.extend([*self._strays[number].end(), parsed])
        return decided.popleft()

    def _begin(self) -> Selector:
        selection, start = self._selection, self._start
        if selection.needs_origin and self._origin_ns is None:
            self._origin_ns = self._first_arrival_ns()
        selector = Selector(
            selection,
            selection.window(self._origin_ns or 0),
            self._horizon_ns,
            start.sent if start else 0,
        )
        for number, resume in enumerate(self._resumes):
            if selector.is_over(resume.newest_ns):
                self._order.end(number)
        return selector

    def _first_arrival_ns(self) -> int | None:
        """Return the first arrival of the files; what was read for it is kept to be used."""
        order = self._new_order()
        while (block := order.take()) is None:
            try:
                number = order.next_file()
            except InputError:
                return None  # it is raised again behind what was rejected before it
            if number is None:
                return None
            parsed = self._next_parsed(number)
            self._looked_at[number].append(parsed)
            if isinstance(parsed, InputError):
                order.break_off(number, parsed)
            elif parsed is None:
                order.end(number)
            else:
                order.add(number, parsed.source)
        return int(block.arrival_ns[0])

    def _cursor_after(self, block: Block, sent: int, rows: int) -> bytes:
        """Return the cursor behind so many quotes of one of the last CURSOR_BLOCKS pieces."""
        key = int(block.arrival_ns[rows - 1]), int(block.position[rows - 1])
        return HistoricalCursor(sent + rows, self._origin_ns, self._order.cursor_at(*key)).pack()

    @property
    def window(self) -> Window | None:
        """The arrivals that were asked for, None while that is not known."""
        if self._selection.needs_origin and self._origin_ns is None:
            return None
        return self._selection.window(self._origin_ns or 0)

    def share(self, reached: Mapping[int, int], begun: Mapping[int, int] | None = None) -> float:
        """Return about how much of the files lies before these offsets: see `share_of`."""
        return share_of(self._files, reached, begun, self._over)

    @property
    def layouts(self) -> list[Layout | None]:
        """What stands where in each file, None of a capture and while it has not come."""
        return [file.layout for file in self._files]

    def close(self) -> None:
        """Let the files go, once what is being parsed is done."""
        self._blocks.close()
        for file in self._files:
            file.close()


def _opened(
    paths: Sequence[Path], columns: FormatOptions, resumes: Sequence[Resume]
) -> list[Recording]:
    """Return the recordings, each at its place."""
    if resumes and STANDARD_INPUT in paths:
        raise InputError(
            "standard input cannot be read again from where the run was cut short",
            fix="start over with --fresh, or write it to a file and replay that",
            code="Z409",
        )
    files = open_recordings(paths, columns)
    for file, resume in zip(files, resumes, strict=False):
        # A file without rows is nowhere yet: it goes on behind its header.
        if resume.place.offset:
            file.seek(resume.place)
    return files
