"""Lines of a recording that were cut and not parsed yet: any thread may do it."""

from collections.abc import Sequence

import msgspec

from zreplay.quotes.rejection import Rejection
from zreplay.recordings.csv.csv_text import CsvText, TextRows
from zreplay.recordings.csv.line_fields import Fault
from zreplay.recordings.csv.plain_rows import PlainText
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock


class UnparsedLines(msgspec.Struct, gc=False):
    """The first `size` bytes of `data`; those in `passed_over` before them are too long for rows.

    `text` reads the file, which is called `name`. They stand between two places of it. If they
    are the last, nothing follows; else more may.
    """

    text: CsvText
    name: str
    data: bytes
    size: int
    line_count: int
    start: FilePlace
    end: FilePlace
    passed_over: Sequence[Rejection] = ()
    is_last: bool = False

    def __call__(self) -> Parsed:
        """Parse them."""
        read = self.text.read(self.data, self.size, self.line_count, self.start.offset)
        return self.parsed(read)

    @property
    def base(self) -> int:
        """The position of the first byte."""
        return self.text.base + self.start.offset

    def of_plain(self, plain: PlainText) -> Parsed:
        """Return what was read, but for the odd lines, which are judged."""
        return self.parsed(self.text.with_odd_lines(plain, self.data, self.base))

    def parsed(self, read: TextRows) -> Parsed:
        """Return what was read, at its place in the file."""
        rejections = [*self.passed_over]
        for number, begin, fault in read.faults:
            rejections.append(rejection_at(self.name, fault, self.start, begin, number))
        row_offsets = self.start.offset + read.starts
        source = SourceBlock(
            read.block, self.start, self.end, row_offsets, read.numbers, notes=read.notes
        )
        return Parsed(source, rejections)


def rejection_at(
    name: str, fault: Fault, start: FilePlace, bytes_after: int, lines_after: int
) -> Rejection:
    """Return why a line of a file is no row, which begins so far behind a place."""
    line = None if start.line is None else start.line + lines_after
    return Rejection(name, line, start.offset + bytes_after, *fault)
