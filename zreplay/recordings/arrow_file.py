"""An Arrow IPC recording, a file (.arrow, .feather) or a stream (.arrows).

A place is the number of a row, from 0. How many rows are before a batch is not written in the
file, so it is read through to get to a place; only the columns that are used are read. A batch is
unpacked as a whole, so how large it becomes is looked up before (arrow_bounds.py).
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from protocol.errors import InputError
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.arrow_bounds import ArrowBounds
from zreplay.recordings.columnar_layout import layout_of_schema
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.parquet_columns import BYTES_A_ROW, ParquetColumns
from zreplay.recordings.recording import Parsed, Unparsed
from zreplay.recordings.regular_file import open_bytes
from zreplay.recordings.sound_columns import check_columns
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import OFF, Strays

MAGIC: Final = b"ARROW1"
STREAM_MAGIC: Final = b"\xff\xff\xff\xff"
ROWS_AT_ENDS: Final = 1024


class ArrowFile:
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
        self.is_random = False
        self.layout: Layout | None = None
        self.holds_resources = True
        self._path = path
        self._file_number = file_number
        self._columns = columns
        self._shared = shared
        self._file: pa.OSFile | None = None
        self._bounds: ArrowBounds | None = None
        self._is_stream = False
        self._used: list[int] = []
        self._rows: ParquetColumns | None = None
        self._batches: Iterator[pa.RecordBatch] | None = None
        self._rest: pa.RecordBatch | None = None
        self._row = self._read_to = 0
        self._read_share = 0.0

    @property
    def place(self) -> FilePlace:
        """Where the next stretch begins."""
        return FilePlace(self._row, None)

    def open(self) -> None:
        """Open the file and read its schema; further calls do nothing.

        Raises:
            InputError: it cannot be read, lacks a column, or has dictionaries too large to hold.
        """
        if self._file is not None:
            return
        with open_bytes(self._path) as opened:
            self._is_stream = opened.read(len(STREAM_MAGIC)) == STREAM_MAGIC
            self.size_bytes = opened.seek(0, 2)
        self._used = []  # all: the schema is looked at as the file has it, also after a close
        try:
            file = pa.OSFile(str(self._path), "r")
            self._bounds = ArrowBounds(file, self.name, is_stream=self._is_stream)
            self.layout = layout_of_schema(self._reader(file).schema, self.name, self._columns)
        except (pa.ArrowException, OSError) as error:
            raise self._damage(f"is not a complete Arrow file: {error}") from error
        self._used = sorted({*self.layout.places.values()})
        self._rows = ParquetColumns(self.layout, self._file_number, self._shared)
        self._file = file
        self._begin()

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this file gave before."""
        self.open()
        self._begin()
        self._row = place.offset

    def ends(self, max_jump_ns: int = OFF) -> tuple[int | None, int | None]:
        """Return the first arrival; to look for the last, all would have to be read."""
        self.seek(FilePlace(0, None))
        arrivals: list[int] = []
        strays = Strays(self.name, max_jump_ns)
        while len(arrivals) < ROWS_AT_ENDS:
            unparsed = self.cut(ROWS_AT_ENDS * BYTES_A_ROW)
            for decided in strays.add(unparsed()) if unparsed else strays.end():
                arrivals += decided.source.block.arrival_ns.tolist()
            if unparsed is None:
                break
        self.seek(FilePlace(0, None))
        return min(arrivals, default=None), None

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return the next rows, about this many bytes of them; None at the end.

        Raises:
            InputError: the file cannot be read, or has a batch that is too large to be held.
        """
        self.open()
        batch = self._next_batch()
        if batch is None:
            return None
        most_rows = max(1, block_bytes // BYTES_A_ROW)
        self._rest = batch.slice(most_rows) if len(batch) > most_rows else None
        start = self.place
        self._row += min(len(batch), most_rows)
        return partial(self._parse, batch.slice(0, most_rows), start, self.place)

    def share(self, offset: int) -> float:
        """Return about how much of the file is before a row, from what was read of it."""
        return min(1.0, offset / max(1, self._read_to)) * self._read_share

    def close(self) -> None:
        """Close the file; `open` starts over."""
        if self._file is not None:
            self._file.close()
            self._file, self._batches, self._rest = None, None, None

    def _begin(self) -> None:
        assert self._file is not None
        self._file.seek(0)
        self._batches, self._rest = self._all_batches(), None
        self._row = self._read_to = 0

    def _all_batches(self) -> Iterator[pa.RecordBatch]:
        assert self._file is not None
        assert self._bounds is not None
        reader = self._reader(self._file)
        if isinstance(reader, pa.RecordBatchStreamReader):
            self._bounds.before(0)
            for number, batch in enumerate(reader, start=1):
                self._read_share = self._file.tell() / max(1, self.size_bytes)
                yield batch
                self._bounds.before(number)
            return
        for number in range(reader.num_record_batches):
            self._bounds.before(number)
            batch = reader.get_batch(number)
            self._read_share = (number + 1) / reader.num_record_batches
            yield batch

    def _reader(self, file: pa.OSFile) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
        options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=self._used)
        if self._is_stream:
            return pa.ipc.open_stream(file, options=options)
        return pa.ipc.open_file(file, options=options)

    def _next_batch(self) -> pa.RecordBatch | None:
        """Return the rows of a batch from the present one on; None at the end."""
        if self._rest is not None:
            return self._rest
        assert self._batches is not None
        while True:
            try:
                batch = next(self._batches, None)
                if batch is not None:
                    check_columns(batch)
            except InputError as error:
                self._batches = self._raising(error)  # what has failed once fails again
                raise
            except (pa.ArrowException, OSError) as error:
                self._batches = self._raising(error)
                raise self._damage(
                    f"the data is damaged after row {self._read_to}: {error}"
                ) from error
            if batch is None:
                return None
            before, self._read_to = self._read_to, self._read_to + len(batch)
            if self._read_to > self._row:
                return batch.slice(self._row - before)

    def _raising(self, error: Exception) -> Iterator[pa.RecordBatch]:
        raise error
        yield  # so that it is raised when it is asked

    def _parse(self, batch: pa.RecordBatch, start: FilePlace, end: FilePlace) -> Parsed:
        assert self._rows is not None
        block, faults, _ = self._rows.read(batch, start.offset)
        numbers = np.arange(len(batch), dtype=np.int64)
        source = SourceBlock(block, start, end, start.offset + numbers, numbers, "row")
        rejections = [
            Rejection(self.name, None, start.offset + number, *fault) for number, _, fault in faults
        ]
        return Parsed(source, rejections)

    def _damage(self, what: str) -> InputError:
        return InputError(f"{self.name}: {what}", fix="fetch or write the file again", code="Z408")
