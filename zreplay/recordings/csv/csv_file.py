"""A CSV recording, read from any place in blocks of bounded size.

A block ends at a line feed. A line longer than a row may be is one refused row, and is never held
whole. Where the bytes come from (a file, compressed or not, or standard input) is up to its
reader.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from protocol.errors import InputError, ZreplayError
from zreplay.quotes.block import EMPTY, first_position
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.byte_reader import ByteReader, FileBytes, PlainBytes
from zreplay.recordings.csv import csv_ends
from zreplay.recordings.csv.csv_ends import FAR_BYTE, Table
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.csv_lines import line_count
from zreplay.recordings.csv.csv_text import CsvText
from zreplay.recordings.csv.first_lines import FirstLines
from zreplay.recordings.csv.known_heads import Head
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES, too_long
from zreplay.recordings.csv.plain_rows import PlainRows, SharedRows
from zreplay.recordings.csv.unparsed_lines import UnparsedLines, rejection_at
from zreplay.recordings.csv.whole_batches import whole_batches_bytes
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.pooled_file import PooledFile
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import OFF


class CsvFile:
    """One recording; `file_number` stands in the high bits of its positions.

    `columns` is what was said of its format, beside what it says itself; `shared` is that of the
    files that are read together. `head` is what its first lines said, if it is as it was then.
    """

    def __init__(
        self,
        path: Path,
        file_number: int,
        columns: FormatOptions = NO_COLUMNS,
        open_reader: Callable[[Path], ByteReader] = PlainBytes,
        shared: SharedRows | None = None,
        head: Head | None = None,
    ) -> None:
        self.name = str(path)
        self.size_bytes = 0
        self.holds_resources = False
        self._path = path
        self._file_number = file_number
        self._columns = columns
        self.open_reader = open_reader
        self._shared = shared
        self._known_head = head
        self._reader: ByteReader | None = None
        self._is_open = False
        self._text: CsvText | None = None
        self._first_lines = FirstLines(self.name, columns)
        self.head: Head | None = None
        """What its first lines say, None while they have not come."""
        self._offset = 0
        self._line: int | None = 1
        self._failure: InputError | None = None
        self._line_bytes = 0.0
        """How long the lines were that were cut last, in the mean."""

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
        self._reader = self.open_reader(self._path)
        self._is_open = True
        self.size_bytes = self._reader.size_bytes
        self.holds_resources = not self._reader.is_random
        self._offset, self._line, self._text = 0, 1, None
        self._first_lines = FirstLines(self.name, self._columns)
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
            return self._cut(whole_batches_bytes(block_bytes, self._line_bytes), passed_over)
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
                lines = self._leave_lines(data, size or len(data), passed_over)
                lines.is_last = is_last and lines.size == len(data)
                return lines
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

    def rest(self) -> None:
        """Hold no descriptor until it is read on, from where it is."""
        if self._reader is not None and self._reader.is_random:
            self._reader.close()

    def close(self) -> None:
        """Close the file; `open` starts over. Its share stays known."""
        if self._reader is not None and self._is_open:
            self._reader.close()
            self._is_open = False

    def _table(self) -> Table | None:
        """Return where the rows are, None until the header has been read."""
        self.open()
        if self._text is None or self._reader is None or self.head is None:
            return None
        reader = self._reader
        size = reader.size_bytes if reader.is_random else FAR_BYTE
        return Table(
            lambda offset, most_bytes: reader.read(offset, most_bytes).data,
            self.head.first,
            size,
            self._text.layout,
            is_random=reader.is_random,
        )

    @property
    def joint_rows(self) -> PlainRows | None:
        """What reads its lines with those of other files; None where it has to be cut by itself."""
        return None if self._text is None else self._text.joint_rows

    def stretch(self, most_bytes: int) -> tuple[PooledFile, int, int] | None:
        """Return the file, where it goes on and how many bytes of these there are.

        None where it has to be cut by itself.
        """
        if self._text is None or self._failure is not None:
            return None
        reader = self._reader
        return reader.stretch(self._offset, most_bytes) if isinstance(reader, PlainBytes) else None

    @property
    def base(self) -> int:
        """The position of the byte where it goes on."""
        return first_position(self._file_number) + self._offset

    def leave_lines(self, size: int, count: int) -> UnparsedLines:
        """Go on behind the next lines, of so many bytes of its `stretch`, which were read there."""
        lines = self._pass_lines(size, count)
        lines.is_last = self._offset == self.size_bytes  # nothing that is packed has a stretch
        return lines

    def _pass_lines(self, size: int, count: int) -> UnparsedLines:
        assert self._text is not None
        start = self.place
        self._leave(size, count)
        return UnparsedLines(self._text, self.name, b"", size, count, start, self.place)

    def _leave_lines(self, data: bytes, size: int, passed_over: list[Rejection]) -> UnparsedLines:
        count = line_count(data, size)
        self._line_bytes = size / max(1, count)
        lines = self._pass_lines(size, count)
        lines.data, lines.passed_over = data, passed_over
        return lines

    def _pass_over(self, data: bytes, is_last: bool) -> list[Rejection]:
        """Skip a line that begins with all of `data`; return why it is not a row.

        Nothing if it is blank.
        """
        fault = too_long(data[:MAX_LINE_BYTES])
        rejection = rejection_at(self.name, fault, self.place, 0, 0)
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

    def _nothing(self) -> Parsed:
        none = np.array([], np.int64)
        return Parsed(SourceBlock(EMPTY, self.place, self.place, none, none), [])

    def _read_header(self) -> bool:
        """Read the first lines, until the layout is known; False if they have not come yet."""
        head, self._known_head = self._known_head, None  # of what is opened later it may not be
        if head is not None:
            self._begin(head)
            return True
        # Only of what is piped in more can come.
        head = self._first_lines.head(self._read, is_all_there=self.size_bytes > 0)
        if head is not None:
            self._begin(head)
        return head is not None

    def _begin(self, head: Head) -> None:
        self.head = head
        self._text = CsvText(head.layout, self._file_number, self._shared)
        self._leave(head.first, head.lines)
