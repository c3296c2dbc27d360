"""A CSV recording, read from any place in blocks of bounded size.

A block ends at a line feed. A line that is longer than a row may be is one refused row, and is
never held whole. The file must not change while it is read.
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import InputError
from zreplay.rejection import Rejection
from zreplay.source_block import FilePlace, SourceBlock
from zreplay.sources.csv_header import NO_COLUMNS, read_header
from zreplay.sources.csv_lines import Lines
from zreplay.sources.csv_rows import CsvRows
from zreplay.sources.line_rows import MAX_LINE_BYTES, Fault, too_long

BLOCK_BYTES: Final = 4 * 1024 * 1024

Reject = Callable[[Rejection], None]


class Cut(NamedTuple):
    """Lines of a file, not yet read; those of `passed_over` before them are too long for rows."""

    lines: Lines
    start: FilePlace
    end: FilePlace
    passed_over: list[Rejection]


class Parsed(NamedTuple):
    """What a cut holds, and what in it is no quote."""

    source: SourceBlock
    rejections: list[Rejection]


class CsvFile:
    """One recording; `file_number` stands in the high bits of its positions.

    `columns` says what a column of ours is called in the header, where its name differs.
    """

    def __init__(
        self,
        path: Path,
        file_number: int,
        reject: Reject,
        columns: Mapping[str, str] = NO_COLUMNS,
    ) -> None:
        self.name = str(path)
        self.size_bytes = 0
        self._path = path
        self._file_number = file_number
        self._columns = columns
        self._reject = reject
        self._file: FileIO | None = None
        self._rows: CsvRows | None = None
        self._offset = 0
        self._line: int | None = 1

    @property
    def place(self) -> FilePlace:
        """Where the next block begins."""
        return FilePlace(self._offset, self._line)

    def open(self) -> None:
        """Open the file and read its header; once is enough.

        Raises:
            InputError: it cannot be read, or its header lacks a column.
        """
        if self._file is not None:
            return
        self._file = open_bytes(self._path)
        self.size_bytes = os.fstat(self._file.fileno()).st_size
        try:
            header = self._header()
            layout = read_header(header, self.name, self._columns)
        except InputError:
            self.close()
            raise
        self._rows = CsvRows(layout, self._file_number)
        self.seek(FilePlace(len(header), 2))

    def seek(self, place: FilePlace) -> None:
        """Go on from a place that this file gave before."""
        self.open()
        self._offset, self._line = place

    def read(self, block_bytes: int = BLOCK_BYTES) -> SourceBlock | None:
        """Return the quotes of about the next `block_bytes`, None at the end of the file.

        Raises:
            InputError: the file cannot be read.
        """
        cut = self.cut(block_bytes)
        if cut is None:
            return None
        parsed = self.parse(cut)
        for rejection in parsed.rejections:
            self._reject(rejection)
        return parsed.source

    def cut(self, block_bytes: int = BLOCK_BYTES) -> Cut | None:
        """Return the lines of about the next `block_bytes`, None at the end of the file.

        Raises:
            InputError: the file cannot be read.
        """
        self.open()
        passed_over: list[Rejection] = []
        wanted_bytes = block_bytes
        while data := self._read(wanted_bytes):
            size = data.rfind(b"\n") + 1
            if not size and len(data) > MAX_LINE_BYTES:
                passed_over.append(self._pass_over(data))
            elif not size and len(data) == wanted_bytes:
                wanted_bytes *= 2  # the line goes on
            else:
                start, lines = self.place, Lines.of(data, size or len(data))
                self._leave(lines.size_bytes, lines.total)
                return Cut(lines, start, self.place, passed_over)
        return Cut(Lines.of(b""), self.place, self.place, passed_over) if passed_over else None

    def parse(self, cut: Cut) -> Parsed:
        """Return the quotes of a cut; several threads may each parse one."""
        assert self._rows is not None
        block, faults = self._rows.read(cut.lines, cut.start.offset)
        rejections = cut.passed_over + [
            self._rejection(fault, cut.start, begin, number) for number, begin, fault in faults
        ]
        row_offsets = cut.start.offset + cut.lines.starts
        source = SourceBlock(block, cut.start, cut.end, row_offsets, cut.lines.numbers)
        return Parsed(source, rejections)

    def close(self) -> None:
        """Let the file go; `open` begins anew."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _pass_over(self, data: bytes) -> Rejection:
        """Leave a line behind that begins with all of `data`; return why it is no row."""
        fault = too_long(data[:MAX_LINE_BYTES])
        rejection = self._rejection(fault, self.place, 0, 0)
        while data and (end := data.find(b"\n") + 1) == 0:
            self._leave(len(data), 0)
            data = self._read(MAX_LINE_BYTES)
        if data:
            self._leave(end, 1)
        return rejection

    def _read(self, most_bytes: int) -> bytes:
        """Return what stands at the present place; fewer bytes only at the end of the file."""
        assert self._file is not None
        try:
            return os.pread(self._file.fileno(), most_bytes, self._offset)
        except OSError as error:
            raise InputError(
                f"{self.name}: cannot be read at byte {self._offset}: {error.strerror}",
                fix="check the disk that holds it",
                code="Z401",
            ) from error

    def _leave(self, byte_count: int, line_count: int) -> None:
        self._offset += byte_count
        if self._line is not None:
            self._line += line_count

    def _rejection(
        self, fault: Fault, start: FilePlace, bytes_after: int, lines_after: int
    ) -> Rejection:
        line = None if start.line is None else start.line + lines_after
        return Rejection(self.name, line, start.offset + bytes_after, *fault)

    def _header(self) -> bytes:
        """Return the first line with its line feed."""
        data = self._read(MAX_LINE_BYTES + 1)
        if not data:
            raise InputError(
                f"{self.name}: the file is empty",
                fix="give a CSV whose first line names the columns",
                code="Z402",
            )
        return data[: data.find(b"\n") + 1 or len(data)]


def open_bytes(path: Path) -> FileIO:
    """Open a recording.

    Raises:
        InputError: it is missing, no regular file, or not to be read by this user.
    """
    try:
        # Without O_NONBLOCK a named pipe would hang here until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        has_no_room = error.errno in (errno.EMFILE, errno.ENFILE)
        raise InputError(
            f"{path}: cannot be opened: {error.strerror}",
            fix="allow more open files: ulimit -n 4096"
            if has_no_room
            else "check the path, and that you may read it",
            code="Z401",
        ) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
        raise InputError(
            f"{path}: is {kind}, expected a recording", fix="give the path of a file", code="Z401"
        )
    return FileIO(descriptor)
