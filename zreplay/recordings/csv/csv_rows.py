"""Whole lines of a recording -> a block and the faults; as fast as pyarrow reads them.

Rule 1: a line is a row, or a fault, or blank. Blank lines (nothing, or carriage returns) are
skipped and not counted.
Rule 2: `line_rows` is the judge. Rows that pyarrow read but that look odd are judged one by one.
Where pyarrow fails, the suspects are judged and the others read again; if that fails too, the
lines are halved until few are left, and those are all judged.
Rule 3: how the lines are cut into blocks changes neither rows nor faults.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from zreplay.quotes.block import Block, Int64s, first_position
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.csv.csv_columns import CsvColumns, column_types
from zreplay.recordings.csv.csv_lines import Bools, CsvLines, characters
from zreplay.recordings.csv.csv_suspects import oddly_built, oddly_spelled
from zreplay.recordings.csv.judged_rows import NO_ROWS, JudgedRows, LineFault, judged, with_judged
from zreplay.recordings.csv.line_fields import Fault
from zreplay.recordings.csv.line_rows import read_line
from zreplay.recordings.csv.ticker_codes import TickerCodes
from zreplay.recordings.formats.layout import Layout

FEW_LINES: Final = 64
"""This few lines are judged one by one rather than halved again."""


class _ArrowRows(NamedTuple):
    block: Block
    is_odd: Bools
    left_out: Int64s  # rows that do not count and are not odd


class CsvRows:
    """Reads the lines of one file, whose positions begin with `file_number`."""

    def __init__(self, layout: Layout, file_number: int) -> None:
        self.layout = layout
        self._file_base = first_position(file_number)
        self._column_names = [f"f{place}" for place in range(len(layout.header))]
        types = column_types(layout)
        self._comment_starts = np.array([ord(each[0]) for each in layout.rows.comments], np.uint8)
        self._known_names = TickerCodes()
        self._as_columns = _convert_options(types)
        self._as_bytes = _convert_options(dict.fromkeys(types, pa.binary()))

    def read(self, lines: CsvLines, offset: int) -> JudgedRows:
        """Read lines whose data begins at this byte of the file."""
        parts = list(self._read(lines, self._file_base + offset)) if len(lines) else [NO_ROWS]
        return JudgedRows(
            joined([part.block for part in parts]),
            [fault for part in parts for fault in part.faults],
            sum(part.left_out for part in parts),
        )

    def _read(self, lines: CsvLines, base: int) -> Iterator[JudgedRows]:
        """Yield the contents of one or more lines."""
        read = self._read_at_once(lines, base)
        if read is None and len(lines) <= FEW_LINES:
            read = judged(lines, self.layout, base)
        if read is None:
            read = self._read_without_suspects(lines, base)
        if read is not None:
            yield read
        else:
            middle = len(lines) // 2
            yield from self._read(lines.part(slice(0, middle)), base)
            yield from self._read(lines.part(slice(middle, None)), base)

    def _read_at_once(self, lines: CsvLines, base: int) -> JudgedRows | None:
        """Return what pyarrow reads, with odd rows judged; None if it cannot read them all."""
        parsed = self._parse(lines, base)
        if parsed is None:
            return None
        odd = {
            row: read_line(lines.line(row), self.layout)
            for row in np.flatnonzero(parsed.is_odd).tolist()
        }
        faults = [
            LineFault.at(lines, row, fault)
            for row, fault in odd.items()
            if isinstance(fault, Fault)
        ]
        left_out = len(parsed.left_out) + sum(row is None for row in odd.values())
        return JudgedRows(with_judged(parsed.block, odd, parsed.left_out), faults, left_out)

    def _read_without_suspects(self, lines: CsvLines, base: int) -> JudgedRows | None:
        """Judge the suspects, read the others at once; None if pyarrow still fails."""
        is_suspect = self._suspects(lines)
        others = np.flatnonzero(~is_suspect)
        read = self._read_at_once(lines.packed(others), base) if len(others) else NO_ROWS
        if read is None:
            return None
        of_suspects = judged(lines.part(np.flatnonzero(is_suspect)), self.layout, base)
        block = joined([read.block, of_suspects.block])
        return JudgedRows(
            block.take(np.argsort(block.position)),
            sorted([*read.faults, *of_suspects.faults]),
            read.left_out + of_suspects.left_out,
        )

    def _suspects(self, lines: CsvLines) -> Bools:
        is_suspect = oddly_built(lines, len(self._column_names), self.layout.delimiter)
        is_suspect |= self._may_be_comments(lines)
        others = np.flatnonzero(~is_suspect)
        if len(others):
            try:
                table = self._table(lines.packed(others), self._as_bytes)
            except pa.ArrowInvalid:
                return is_suspect
            if len(table) == len(others):
                is_suspect[others] = oddly_spelled(table, self.layout)
        return is_suspect

    def _parse(self, lines: CsvLines, base: int) -> _ArrowRows | None:
        """Return the rows and which of them look odd; None if pyarrow cannot read them all."""
        if lines.is_cut_elsewhere:
            return None
        try:
            table = self._table(lines, self._as_columns)
            # A stray quote can swallow line feeds: then the rows are not the lines.
            if len(table) != len(lines):
                return None
            columns = CsvColumns(table, self.layout, self._known_names)
            block, is_odd = columns.block(base + lines.origins)
            is_kept, is_unclear = columns.kept()
        except pa.ArrowInvalid:
            return None
        if lines.have_negative_exponents:
            is_odd |= block.index == 0  # pyarrow also reads 5e-39 as 0
        is_odd &= is_kept
        is_odd |= is_unclear | lines.are_too_long | self._may_be_comments(lines)
        return _ArrowRows(block, is_odd, np.flatnonzero(~(is_kept | is_odd)))

    def _may_be_comments(self, lines: CsvLines) -> Bools:
        if not len(self._comment_starts):
            return np.zeros(len(lines), np.bool_)
        return np.isin(characters(lines.data)[lines.starts], self._comment_starts)

    def _table(self, lines: CsvLines, convert_options: pa_csv.ConvertOptions) -> pa.Table:
        data, has_quotes = pa.py_buffer(lines.span), lines.has_quotes
        if has_quotes:
            # A row of empty fields at the end: a quote left open in the last line swallows it.
            empty = self.layout.delimiter.encode() * (len(self.layout.header) - 1)
            data = pa.py_buffer(b"".join((lines.span, b"\n", empty, b"\n")))
        read_options = pa_csv.ReadOptions(
            # One block, and no thread but this one.
            use_threads=False,
            block_size=data.size + 1,
            column_names=self._column_names,
        )
        table = pa_csv.read_csv(
            pa.BufferReader(data),  # type: ignore[arg-type]  # it takes any file of Arrow too
            read_options,
            pa_csv.ParseOptions(delimiter=self.layout.delimiter),
            convert_options,
        )
        return table.slice(0, table.num_rows - has_quotes)


def _convert_options(types: dict[str, pa.DataType]) -> pa_csv.ConvertOptions:
    return pa_csv.ConvertOptions(
        column_types=types,
        include_columns=list(types),
        null_values=[""],
        strings_can_be_null=False,
    )
