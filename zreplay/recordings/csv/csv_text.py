"""Whole lines of a recording as they are in the file -> rows, faults and where lines begin.

Plain lines are read at once, odd ones among them judged; a text with too many odd lines is read
through pyarrow. All three read the same rows with the same values.
"""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zreplay.quotes.block import Block, Int64s, first_position
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.csv.csv_lines import CsvLines
from zreplay.recordings.csv.judged_rows import LineFault, judged
from zreplay.recordings.csv.plain_rows import PlainRows, PlainText, SharedRows
from zreplay.recordings.csv.zone_columns import unclear_times
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.source_block import NO_NOTES, RowNotes

if TYPE_CHECKING:
    from zreplay.recordings.csv.csv_rows import CsvRows


class TextRows(NamedTuple):
    """Rows and faults, in file order, and the byte and number of every line not blank, from 0.

    Lines that are left out may be among them or not.
    """

    block: Block
    faults: list[LineFault]
    starts: Int64s
    numbers: Int64s
    notes: RowNotes = NO_NOTES


class CsvText:
    """Reads the text of one file, whose positions begin with `file_number`.

    What others of the same reading have read is in `shared`.
    """

    def __init__(self, layout: Layout, file_number: int, shared: SharedRows | None = None) -> None:
        self._shared = shared or SharedRows()
        self.layout = layout
        self._file_number = file_number
        self._file_base = first_position(file_number)
        self._rows: CsvRows | None = None

    def read(self, data: bytes | bytearray, size: int, line_count: int, offset: int) -> TextRows:
        """Read the first `size` bytes of `data`, which begins at this byte of the file.

        `line_count` is the number of its lines, blank ones included.
        """
        read = self._read(data, size, line_count, offset)
        if not self.layout.times.has_local_clock:
            return read
        starts = read.block.position - (self._file_base + offset)
        skipped, twice = unclear_times(data, starts, read.block.timestamp_ns, self.layout)
        return read._replace(notes=RowNotes(read.notes.left_out, skipped, twice))

    def _read(self, data: bytes | bytearray, size: int, line_count: int, offset: int) -> TextRows:
        if self._plain_rows is not None and data.endswith(b"\n", 0, size):
            base = self._file_base + offset
            plain = self._plain_rows.read(memoryview(data)[:size], line_count, base)
            if plain is not None:
                return self.with_odd_lines(plain, data, base)
        lines = CsvLines.of(data, size)
        rows = self._any_rows().read(lines, offset)
        notes = RowNotes(rows.left_out)
        return TextRows(rows.block, rows.faults, lines.starts, lines.numbers, notes)

    @cached_property
    def _plain_rows(self) -> PlainRows | None:
        return self._shared.of(self.layout)

    @cached_property
    def joint_rows(self) -> PlainRows | None:
        """What reads its plain lines, also those of other files at once; None where it may not."""
        layout = self.layout
        is_usual = not layout.rows and not layout.times.has_local_clock
        return self._plain_rows if is_usual else None

    @property
    def base(self) -> int:
        """The position of the first byte of the file."""
        return self._file_base

    def _any_rows(self) -> "CsvRows":
        if self._rows is None:
            from zreplay.recordings.csv.csv_rows import (
                CsvRows,  # 50 ms that plain texts need not pay
            )

            self._rows = CsvRows(self.layout, self._file_number)
        return self._rows

    def with_odd_lines(self, plain: PlainText, data: bytes | bytearray, base: int) -> TextRows:
        """Return all rows of a text, whose first byte has this position."""
        if not len(plain.odd_lines):
            notes = RowNotes(plain.left_out)
            return TextRows(plain.block, [], plain.starts, plain.numbers, notes)
        starts, ends, numbers = plain.odd_lines.T
        odd = CsvLines(data, starts, ends, starts, numbers, len(starts), len(data))
        rows = judged(odd, self.layout, base)
        block = joined([plain.block, rows.block])
        return TextRows(
            block.take(np.argsort(block.position)),
            rows.faults,
            np.sort(np.append(plain.starts, starts)),
            np.sort(np.append(plain.numbers, numbers)),
            RowNotes(plain.left_out + rows.left_out),
        )
