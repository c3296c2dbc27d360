"""A CSV recording, read from any place in blocks of bounded size.

A block ends at a line feed. A line longer than a row may be is one refused row, and is never held
whole. Where the bytes come from (a file, compressed or not, or standard input) is up to its
reader.
"""

import codecs
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from protocol.errors import InputError, ZreplayError
from zreplay.quotes.block import EMPTY
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.byte_reader import ByteReader, FileBytes, PlainBytes
from zreplay.recordings.csv import csv_ends
from zreplay.recordings.csv.csv_ends import FAR_BYTE, Table
from zreplay.recordings.csv.csv_header import NO_COLUMNS, layouts_of_line
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText
from zreplay.recordings.csv.first_row import decided
from zreplay.recordings.csv.line_rows import MAX_LINE_BYTES, Fault, too_long
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import OFF

USUAL_HEADER_BYTES: Final = 4 * 1024
"""In so many a header ends; the rest of what a header may be is read for those that do not."""


class _UnreadLines(NamedTuple):
    """Lines of a file, not parsed yet; those in `passed_over` before them are too long for rows."""

    data: bytes
    size: int
    line_count: int
    start: FilePlace
    end: FilePlace
    passed_over: list[Rejection]


class CsvFile:
    """One recording; `file_number` stands in the high bits of its positions.

    `columns` is what was said of its format, beside what it says itself.
    """

    def __init__(
        self,
        path: Path,
        file_number: int,
        columns: FormatOptions = NO_COLUMNS,
        open_reader: Callable[[Path], ByteReader] = PlainBytes,
    ) -> None:
        self.name = str(path)
        self.size_bytes = 0
        self.holds_resources = False
        self._path = path
        self._file_number = file_number
        self._columns = columns
        self._open_reader = open_reader
        self._reader: ByteReader | None = None
        self._is_open = False
        self._text: CsvText | None = None
        self._layouts: Sequence[Layout] | None = None
        self._first = 0
        self._offset = 0
        self._line: int | None = 1
        self._failure: InputError | None = None

    @property
    def place(self) -> FilePlace:
        """Where the next block begins."""
        return FilePlace(self._offset, self._line)

    @property
    def layout(self) -> Layout | None:
        """What stands where; None while the first rows have not come."""
        return None if self._text is None else self._text.layout

    @property
    def is_random(self) -> bool:
        """True if any place can be read as fast as any other."""
        return self._reader is not None and self._reader.is_random

    def open(self) -> None:
        """Open the file and read its header; further calls do nothing.

        Raises:
            InputError: it cannot be read, or its header lacks a column.
            SettingsError: a column was renamed that is not used.
        """
        if self._is_open:
            return
        self._reader = self._open_reader(self._path)
        self._is_open = True
        self.size_bytes = self._reader.size_bytes
        self.holds_resources = not self._reader.is_random
        self._offset, self._line, self._text, self._layouts = 0, 1, None, None
        self._failure = None
        try:
            self._read_header()
        except ZreplayError:
            self.close()
            raise

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this file gave before."""
        self.open()
        self._offset, self._line = place.offset, place.line
        self._failure = None

    def ends(self, max_jump_ns: int = OFF) -> tuple[int | None, int | None]:
        """Return the first and the last arrival, as far as they can be found at the ends.

        Raises:
            InputError: the file cannot be read.
        """
        table = self._table()
        return (None, None) if table is None else csv_ends.ends(table, max_jump_ns)

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return the lines of about the next `block_bytes`, None at the end of the file.

        Raises:
            InputError: the file cannot be read.
        """
        self.open()
        if self._text is None and not self._read_header():
            return self._nothing
        if self._failure is not None:
            raise self._failure
        passed_over: list[Rejection] = []
        try:
            return self._cut(block_bytes, passed_over)
        except InputError as error:
            if not passed_over:
                raise
            # Lines before the damage come first.
            self._failure = error
            return self._leave_lines(b"", 0, passed_over)

    def _cut(self, wanted_bytes: int, passed_over: list[Rejection]) -> Unparsed | None:
        """Return the next lines, and append to `passed_over` why those before them are not rows."""
        while True:
            data, is_last = self._read(wanted_bytes)
            size = data.rfind(b"\n") + 1
            if size or (data and is_last and len(data) <= MAX_LINE_BYTES):
                return self._leave_lines(data, size or len(data), passed_over)
            if len(data) > MAX_LINE_BYTES:
                passed_over += self._pass_over(data, is_last)
            elif len(data) == wanted_bytes:
                wanted_bytes *= 2  # the line continues
            elif not is_last or passed_over:
                return self._leave_lines(b"", 0, passed_over)  # nothing more for now
            else:
                return None

    def share(self, offset: int) -> float:
        """Return about how much of the file is before an offset, 0 to 1."""
        return 0.0 if self._reader is None else self._reader.share(offset)

    def close(self) -> None:
        """Close the file; `open` starts over. Its share stays known."""
        if self._reader is not None and self._is_open:
            self._reader.close()
            self._is_open = False

    def _table(self) -> Table | None:
        """Return where the rows are, None until the header has been read."""
        self.open()
        if self._text is None or self._reader is None:
            return None
        reader = self._reader
        size = reader.size_bytes if reader.is_random else FAR_BYTE
        return Table(
            lambda offset, most_bytes: reader.read(offset, most_bytes).data,
            self._first,
            size,
            self._text.layout,
            is_random=reader.is_random,
        )

    def _leave_lines(self, data: bytes, size: int, passed_over: list[Rejection]) -> Unparsed:
        start = self.place
        count = line_count(data, size)
        self._leave(size, count)
        return partial(self._parse, _UnreadLines(data, size, count, start, self.place, passed_over))

    def _parse(self, cut: _UnreadLines) -> Parsed:
        assert self._text is not None
        read = self._text.read(cut.data, cut.size, cut.line_count, cut.start.offset)
        rejections = cut.passed_over + [
            self._rejection(fault, cut.start, begin, number) for number, begin, fault in read.faults
        ]
        row_offsets = cut.start.offset + read.starts
        source = SourceBlock(read.block, cut.start, cut.end, row_offsets, read.numbers)
        return Parsed(source, rejections)

    def _pass_over(self, data: bytes, is_last: bool) -> list[Rejection]:
        """Skip a line that begins with all of `data`; return why it is not a row.

        Nothing if it is blank.
        """
        fault = too_long(data[:MAX_LINE_BYTES])
        rejection = self._rejection(fault, self.place, 0, 0)
        is_blank = True
        begin = self.place
        while True:
            end = data.find(b"\n") + 1
            is_blank = is_blank and not data[: end or None].strip(b"\r\n")
            self._leave(end or len(data), 1 if end else 0)
            if end or is_last:
                return [] if is_blank else [rejection]
            try:
                data, is_last = self._read(MAX_LINE_BYTES)
            except InputError:
                self._offset, self._line = begin.offset, begin.line  # no place is inside a line
                raise

    def _read(self, most_bytes: int) -> FileBytes:
        assert self._reader is not None
        return self._reader.read(self._offset, most_bytes)

    def _leave(self, byte_count: int, line_count: int) -> None:
        self._offset += byte_count
        if self._line is not None:
            self._line += line_count

    def _rejection(
        self, fault: Fault, start: FilePlace, bytes_after: int, lines_after: int
    ) -> Rejection:
        line = None if start.line is None else start.line + lines_after
        return Rejection(self.name, line, start.offset + bytes_after, *fault)

    def _nothing(self) -> Parsed:
        none = np.array([], np.int64)
        return Parsed(SourceBlock(EMPTY, self.place, self.place, none, none), [])

    def _read_header(self) -> bool:
        """Read the first lines, until the layout is known; False if they have not come yet."""
        most_bytes = USUAL_HEADER_BYTES
        while True:
            data, is_last = self._read(most_bytes)
            # Blank lines mean nothing here either.
            begin = len(data) - len(data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"))
            end = data.find(b"\n", begin) + 1
            if not end and not is_last and most_bytes <= MAX_LINE_BYTES:
                if len(data) < most_bytes:
                    return False
                most_bytes *= 2
                continue
            if begin == len(data):
                raise InputError(
                    f"{self.name}: the file is empty",
                    fix="give a CSV whose first line names the columns",
                    code="Z402",
                )
            end = end or len(data)
            if self._layouts is None:
                self._layouts = layouts_of_line(data[begin:end], self.name, self._columns)
            first = end if self._layouts[0].has_header else begin
            # Only of what is piped in more can come; a file that gives less is damaged there.
            is_all = is_last or (len(data) < most_bytes and self.size_bytes > 0)
            layout = decided(self._layouts, data[first:], is_last=is_all)
            if layout is not None:
                break
            if len(data) < most_bytes:
                return False
            most_bytes *= 2
        self._first = first
        self._text = CsvText(layout, self._file_number)
        self._leave(first, data.count(b"\n", 0, first))
        return True
