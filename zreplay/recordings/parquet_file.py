"""A Parquet recording: a place is the number of a row, from 0; a row group is found at once.

No row group is passed over by its statistics: a NaN, which refuses its row, is not in them, nor is
a row that is late, and both are told wherever they stand. The index of a file says from where it
can be read.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from protocol.errors import InputError, ZreplayError
from zreplay.quotes.block import Int64s
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.columnar_layout import layout_of_schema, name_not_utf_8
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.parquet_columns import BYTES_A_ROW, ParquetColumns
from zreplay.recordings.parquet_needs import without_unneeded
from zreplay.recordings.pooled_stream import PooledStream
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.sound_columns import check_columns
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import OFF, Strays

ROWS_AT_ENDS: Final = 1024
ROWS_AT_DAMAGE: Final = 1024
"""Rows of a group read at once near damage; other batches end where such batches do."""

_BUFFER_BYTES: Final = 64 * 1024
"""Of each column of an open file: more is not faster."""

MANY_ROWS: Final = 32_768
"""So many are asked for at once of a file that is read alone, and of no other."""

_WHOLE_BYTES: Final = 16 * 1024 * 1024
"""A row group up to this size is read as a whole then: a buffer is a copy of what goes through."""


class ParquetFile:
    """One recording; `file_number` stands in the high bits of its positions.

    `columns` is what was said of its format, beside what it says itself; `shared` is that of the
    files that are read together.
    """

    def __init__(
        self,
        path: Path,
        file_number: int,
        columns: FormatOptions = NO_COLUMNS,
        shared: SharedRows | None = None,
    ) -> None:
        self.name = str(path)
        self.size_bytes = 0
        self.is_random = True
        self.layout: Layout | None = None
        self.holds_resources = True
        self._path = path
        self._file_number = file_number
        self._columns = columns
        self._shared = shared
        self._stream: PooledStream | None = None
        self._file: pa_parquet.ParquetFile | None = None
        self._without_buffer: pa_parquet.ParquetFile | None = None
        self._rows: ParquetColumns | None = None
        self._names: list[str] = []
        self._group_starts: list[int] = [0]
        self._batches: Iterator[pa.RecordBatch] | None = None
        self._batch_rows = 0
        self._row = 0
        self._is_damaged = False
        self._numbers: Int64s = np.array([], np.int64)

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
        self._stream = PooledStream(self._path)
        self.size_bytes = self._stream.size_bytes
        try:
            self._open(self._stream)
        except (pa.ArrowException, OSError) as error:
            self.close()
            raise InputError(
                f"{self.name}: is not a complete Parquet file: {error}",
                fix="fetch or write the file again",
                code="Z408",
            ) from error
        except UnicodeDecodeError:
            self.close()
            raise name_not_utf_8(self.name) from None
        except ZreplayError:
            self.close()
            raise

    def _open(self, stream: PooledStream) -> None:
        """Read the schema; raise what the libraries do."""
        file = pa_parquet.ParquetFile(stream)  # type: ignore[arg-type]  # it takes whatever has `read`
        layout = layout_of_schema(file.schema_arrow, self.name, self._columns)
        self.layout = layout
        if self._shared is not None and self._shared.are_bare:
            layout = without_unneeded(layout, file)
        self._names = [layout.spelled(name) for name in layout.places]
        # With a buffer, and none filled ahead, a large row group is never held as a whole.
        self._file = self._reader(stream, file.metadata, _BUFFER_BYTES)
        self._rows = ParquetColumns(layout, self._file_number, self._shared)
        metadata = self._file.metadata
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._group_starts = [0, *accumulate(sizes)]
        self._row, self._batches = 0, None

    def _reader(
        self, stream: PooledStream, metadata: pa_parquet.FileMetaData, buffer_bytes: int
    ) -> pa_parquet.ParquetFile:
        assert self.layout is not None
        return pa_parquet.ParquetFile(
            stream,  # type: ignore[arg-type]  # it takes whatever has `read`
            metadata=metadata,
            read_dictionary=[self.layout.spelled(name) for name in _text_columns(self.layout)],
            buffer_size=buffer_bytes,
            pre_buffer=False,
        )

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
        if self._row >= self._group_starts[-1]:
            return None
        steps = 1 if self._is_damaged else max(1, block_bytes // BYTES_A_ROW // ROWS_AT_DAMAGE)
        batch_rows = steps * ROWS_AT_DAMAGE
        if self._batches is None or batch_rows != self._batch_rows:
            self._batches, self._batch_rows = self._batches_of(batch_rows), batch_rows
        try:
            batch = next(self._batches, None)
            if batch is not None:
                check_columns(batch)
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
        if self._row >= self._group_starts[-1]:
            self._batches = None  # what decodes is larger than what many a file holds
        return partial(self._parse, batch, start, self.place)

    def share(self, offset: int) -> float:
        """Return what share of the rows is before one."""
        return min(1.0, offset / max(1, self._group_starts[-1]))

    def close(self) -> None:
        """Close the file; `open` starts over."""
        if self._stream is not None:
            self._stream.close()
            self._stream, self._file, self._batches = None, None, None
            self._without_buffer = None

    def _batches_of(self, batch_rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows from the present one on, none for as long as it is on its way there."""
        assert self._file is not None
        group = max(0, bisect_right(self._group_starts, self._row) - 1)
        left_out = self._row - self._group_starts[min(group, len(self._group_starts) - 1)]
        groups = range(group, len(self._group_starts) - 1)
        for part in self._parts(groups, batch_rows):
            for batch in self._decoded(part, batch_rows):
                yield batch.slice(min(left_out, len(batch)))
                left_out -= min(left_out, len(batch))

    def _decoded(self, part: list[int], batch_rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows of one row group, or of several as one batch: each has names of its own.

        One thread decodes: others order and parse meanwhile, and columns are handed to none.
        """
        file = self._reader_of(part, batch_rows)
        if len(part) == 1:
            yield from file.iter_batches(
                batch_rows, row_groups=part, columns=self._names, use_threads=False
            )
            return
        table = file.read_row_groups(part, columns=self._names, use_threads=False)
        for batch in table.to_batches():
            check_columns(batch)  # what unifies them believes the places in each
        yield from table.unify_dictionaries().combine_chunks().to_batches()

    def _reader_of(self, part: list[int], batch_rows: int) -> pa_parquet.ParquetFile:
        """Return what reads row groups, in batches of so many rows."""
        assert self._file is not None and self._stream is not None
        metadata = self._file.metadata
        size_bytes = sum(metadata.row_group(group).total_byte_size for group in part)
        if batch_rows < MANY_ROWS or size_bytes > _WHOLE_BYTES:
            return self._file
        if self._without_buffer is None:
            self._without_buffer = self._reader(self._stream, metadata, 0)
        return self._without_buffer

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
        block, faults, _ = self._rows.read(batch, start.offset)
        offsets = block.position  # those of the first file are offsets
        if faults or self._file_number:
            offsets = np.arange(start.offset, end.offset, dtype=np.int64)
        source = SourceBlock(block, start, end, offsets, self._row_numbers(len(batch)), "row")
        rejections = [
            Rejection(self.name, None, start.offset + number, *fault) for number, _, fault in faults
        ]
        return Parsed(source, rejections)

    def _row_numbers(self, count: int) -> Int64s:
        """Return 0, 1 and so on: the same memory for all blocks, which only read it."""
        numbers = self._numbers
        if len(numbers) < count:
            self._numbers = numbers = np.arange(count, dtype=np.int64)
        return numbers[:count]


def _text_columns(layout: Layout) -> tuple[str, ...]:
    return tuple(name for name in ("ticker", "exchange", "symbol") if name in layout.places)
