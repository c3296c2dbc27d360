"""A Parquet recording: a place is the number of a row, from 0; a row group is found at once."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.parquet as pa_parquet  # type: ignore[import-untyped]

from protocol.errors import InputError
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.csv.csv_header import NO_COLUMNS, layout_of
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import TimeForm
from zreplay.recordings.parquet_columns import ParquetColumns, check_types
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.regular_file import open_bytes
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import OFF, Strays

BYTES_A_ROW: Final = 64
"""About what a row takes in memory: this many bytes of a block count as a row."""

ROWS_AT_ENDS: Final = 1024
ROWS_AT_DAMAGE: Final = 1024
"""Rows of a group read at once near damage; other batches end where such batches do."""

_BUFFER_BYTES: Final = 1024 * 1024


class ParquetFile:
    """One recording; `file_number` stands in the high bits of its positions.

    `columns` is what was said of its format, beside what it says itself.
    """

    def __init__(self, path: Path, file_number: int, columns: FormatOptions = NO_COLUMNS) -> None:
        self.name = str(path)
        self.size_bytes = 0
        self.is_random = True
        self.layout: Layout | None = None
        self.holds_resources = True
        self._path = path
        self._file_number = file_number
        self._columns = columns
        self._file: pa_parquet.ParquetFile | None = None
        self._rows: ParquetColumns | None = None
        self._names: list[str] = []
        self._group_starts: list[int] = [0]
        self._batches: Iterator[pa.RecordBatch] | None = None
        self._batch_rows = 0
        self._row = 0
        self._is_damaged = False

    @property
    def place(self) -> FilePlace:
        """Where the next stretch begins."""
        return FilePlace(self._row, None)

    def open(self) -> None:
        """Open the file and read its schema; further calls do nothing.

        Raises:
            InputError: it cannot be read, or lacks a column.
        """
        if self._file is not None:
            return
        with open_bytes(self._path) as file:
            self.size_bytes = file.seek(0, 2)
        try:
            file = self._opened([])
            said = self._columns
            instrument = (file.schema_arrow.metadata or {}).get(b"instrument_id", b"")
            if instrument and not (
                said.ticker or {"ticker", "symbol"} & {*file.schema_arrow.names}
            ):
                said = replace(said, ticker=instrument.decode("utf-8", "replace"))
            layout = layout_of(tuple(file.schema_arrow.names), self.name, said)
            if pa.types.is_timestamp(file.schema_arrow.field(layout.places["timestamp"]).type):
                layout = replace(layout, times=TimeForm())  # Arrow says the unit itself
            check_types(file.schema_arrow, layout, self.name)
            self._names = [layout.spelled(name) for name in layout.places]
            texts = [layout.spelled(name) for name in _text_columns(layout)]
            self._file = self._opened(texts)
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                f"{self.name}: is not a complete Parquet file: {error}",
                fix="fetch or write the file again",
                code="Z408",
            ) from error
        self.layout = layout
        self._rows = ParquetColumns(layout, self._file_number)
        metadata = self._file.metadata
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._group_starts = [0, *accumulate(sizes)]
        self._row, self._batches = 0, None

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this file gave before."""
        self.open()
        self._row, self._batches = place.offset, None

    def ends(self, max_jump_ns: int = OFF) -> tuple[int | None, int | None]:
        """Return the first and the last arrival, as far as they can be found at the ends."""
        self.open()
        head = self._arrivals_from(0, max_jump_ns)
        tail_row = max(0, self._group_starts[-1] - ROWS_AT_ENDS)
        arrivals = head + self._arrivals_from(tail_row, max_jump_ns)
        self.seek(FilePlace(0, None))
        return min(arrivals, default=None), max(arrivals, default=None)

    def _arrivals_from(self, first_row: int, max_jump_ns: int) -> list[int]:
        """Return some arrivals from a row on, at least ROWS_AT_ENDS if there are that many."""
        arrivals: list[int] = []
        self.seek(FilePlace(first_row, None))
        strays = Strays(self.name, max_jump_ns)
        while len(arrivals) < ROWS_AT_ENDS:
            unparsed = self.cut(ROWS_AT_ENDS * BYTES_A_ROW)
            for decided in strays.add(unparsed()) if unparsed else strays.end():
                arrivals += decided.source.block.arrival_ns.tolist()
            if unparsed is None:
                break
        return arrivals

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return the next rows, about this many bytes of them; None at the end.

        Raises:
            InputError: the file cannot be read.
        """
        self.open()
        steps = 1 if self._is_damaged else max(1, block_bytes // BYTES_A_ROW // ROWS_AT_DAMAGE)
        batch_rows = steps * ROWS_AT_DAMAGE
        if self._batches is None or batch_rows != self._batch_rows:
            self._batches, self._batch_rows = self._batches_of(batch_rows), batch_rows
        try:
            batch = next(self._batches, None)
        except (pa.ArrowException, OSError) as error:
            self._batches = None  # what has failed once would say that the file ends here
            if not self._is_damaged:
                self._is_damaged = True
                return self.cut(block_bytes)
            raise InputError(
                f"{self.name}: the data is damaged after row {self._row}: {error}",
                fix="fetch or write the file again",
                code="Z408",
            ) from error
        if batch is None:
            return None
        start = self.place
        self._row += len(batch)
        return partial(self._parse, batch, start, self.place)

    def share(self, offset: int) -> float:
        """Return what share of the rows is before one."""
        return min(1.0, offset / max(1, self._group_starts[-1]))

    def close(self) -> None:
        """Close the file; `open` starts over."""
        if self._file is not None:
            self._file.close(force=True)
            self._file, self._batches = None, None

    def _opened(self, texts: list[str]) -> pa_parquet.ParquetFile:
        # With a buffer, and none filled ahead, a large row group is never held as a whole.
        return pa_parquet.ParquetFile(
            pa.OSFile(str(self._path)),
            read_dictionary=texts,
            buffer_size=_BUFFER_BYTES,
            pre_buffer=False,
        )

    def _batches_of(self, batch_rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the present one on, none for as long as it is on its way there."""
        assert self._file is not None
        group = max(0, bisect_right(self._group_starts, self._row) - 1)
        left_out = self._row - self._group_starts[min(group, len(self._group_starts) - 1)]
        groups = range(group, len(self._group_starts) - 1)
        for part in self._parts(groups, batch_rows):
            for batch in self._file.iter_batches(batch_rows, row_groups=part, columns=self._names):
                yield batch.slice(min(left_out, len(batch)))
                left_out -= min(left_out, len(batch))

    def _parts(self, groups: range, batch_rows: int) -> Iterator[list[int]]:
        """Yield row groups, those together of which a batch holds all the rows."""
        part: list[int] = []
        for group in groups:
            rows = self._group_starts[group + 1] - self._group_starts[part[0] if part else group]
            if part and (self._is_damaged or rows > batch_rows):
                yield part
                part = []
            part.append(group)
        if part:
            yield part

    def _parse(self, batch: pa.RecordBatch, start: FilePlace, end: FilePlace) -> Parsed:
        assert self._rows is not None
        block, faults = self._rows.read(batch, start.offset)
        numbers = np.arange(len(batch), dtype=np.int64)
        source = SourceBlock(block, start, end, start.offset + numbers, numbers, "row")
        rejections = [
            Rejection(self.name, None, start.offset + number, *fault) for number, _, fault in faults
        ]
        return Parsed(source, rejections)


def _text_columns(layout: Layout) -> tuple[str, ...]:
    return tuple(name for name in ("ticker", "exchange", "symbol") if name in layout.places)
