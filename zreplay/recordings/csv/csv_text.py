"""Whole lines of a recording as they are in the file -> rows, faults and where lines begin.

Plain lines are read at once, odd ones among them judged; a text with too many odd lines is read
through pyarrow. All three read the same rows with the same values.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from zreplay.quotes.block import Block, Int64s, first_position
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.csv.csv_lines import CsvLines
from zreplay.recordings.csv.judged_rows import LineFault, judged
from zreplay.recordings.csv.plain_rows import PlainRows, PlainText
from zreplay.recordings.formats.layout import Layout

if TYPE_CHECKING:
    from zreplay.recordings.csv.csv_rows import CsvRows


class TextRows(NamedTuple):
    """Rows and faults, in file order, and the byte and number of every line not blank, from 0."""

    block: Block
    faults: list[LineFault]
    starts: Int64s
    numbers: Int64s


class CsvText:
    """Reads the text of one file, whose positions begin with `file_number`."""

    def __init__(self, layout: Layout, file_number: int) -> None:
        self.layout = layout
        self._file_number = file_number
        self._file_base = first_position(file_number)
        self._plain_rows = PlainRows(layout) if PlainRows.can_read(layout) else None
        self._rows: CsvRows | None = None

    def read(self, data: bytes | bytearray, size: int, line_count: int, offset: int) -> TextRows:
        """Read the first `size` bytes of `data`, which begins at this byte of the file.

        `line_count` is the number of its lines, blank ones included.
        """
        if self._plain_rows is not None and data.endswith(b"\n", 0, size):
            base = self._file_base + offset
            plain = self._plain_rows.read(memoryview(data)[:size], line_count, base)
            if plain is not None:
                return self._with_odd_lines(plain, data, base)
        lines = CsvLines.of(data, size)
        return TextRows(*self._any_rows().read(lines, offset), lines.starts, lines.numbers)

    def _any_rows(self) -> "CsvRows":
        if self._rows is None:
            from zreplay.recordings.csv.csv_rows import (
                CsvRows,  # 50 ms that plain texts need not pay
            )

            self._rows = CsvRows(self.layout, self._file_number)
        return self._rows

    def _with_odd_lines(self, plain: PlainText, data: bytes | bytearray, base: int) -> TextRows:
        if not len(plain.odd_lines):
            return TextRows(plain.block, [], plain.starts, plain.numbers)
        starts, ends, numbers = plain.odd_lines.T
        odd = CsvLines(data, starts, ends, starts, numbers, len(starts), len(data))
        rows = judged(odd, self.layout, base)
        block = joined([plain.block, rows.block])
        return TextRows(
            block.take(np.argsort(block.position)),
            rows.faults,
            np.sort(np.append(plain.starts, starts)),
            np.sort(np.append(plain.numbers, numbers)),
        )
