"""A Parquet file of a part: the mids of its window, or what a function of the user yields."""

from typing import Any, Final

import pyarrow as pa
from pyarrow import parquet

from protocol.messages import Batch
from protocol.mids_schema import MIDS_SCHEMA
from zmid.mid_rule import MidRule
from zmid.processors.mids_table import mids_table
from zmid.processors.quotes import Quotes
from zreplay.backfilling.part_files import TABLE, CountedFile, PartWriter

COLUMNS: Final = ("arrival", "timestamp", "ticker", "mid", "latency_ms")
SCHEMA: Final = pa.schema([MIDS_SCHEMA.field(name) for name in COLUMNS])
"""A row for each quote; the mid of one without a line is null."""
ROW_GROUP_ROWS: Final = 65_536
"""More would wait in memory, and make a file 1 % smaller."""

GROUP_BYTES: Final = 16 * 1024 * 1024
"""What waits of longer texts is written sooner."""


class ParquetFile:
    """A Parquet file of record batches, with row groups of ROW_GROUP_ROWS.

    Of what waits for its row group there are less rows than that, and less than GROUP_BYTES.
    """

    def __init__(self, file: CountedFile, schema: Any, sorted_by: str | None = None) -> None:
        order = None
        if sorted_by is not None:
            order = [parquet.SortingColumn(schema.get_field_index(sorted_by))]
        names = [field.name for field in schema if _comes_again(field.type)]
        self._schema = schema
        self._file = parquet.ParquetWriter(
            pa.PythonFile(file, "w"),  # type: ignore[arg-type]  # it takes whatever has `write`
            schema,
            compression="zstd",
            use_dictionary=names,  # type: ignore[arg-type]  # or a list of columns
            sorting_columns=order,
        )
        file.before_close = self._file.close
        self._waiting: list[Any] = []
        self.waiting_rows = self.waiting_bytes = 0

    def add(self, batch: Any) -> None:
        """Append a record batch; how rows are cut into batches does not show in the file."""
        while len(batch):
            rows = min(len(batch), ROW_GROUP_ROWS - self.waiting_rows)
            taken, batch = batch.slice(0, rows), batch.slice(rows)
            self._waiting.append(taken)
            self.waiting_rows += rows
            self.waiting_bytes += taken.nbytes
            if self.waiting_rows == ROW_GROUP_ROWS or self.waiting_bytes >= GROUP_BYTES:
                self._write()

    def end(self) -> None:
        """Make it whole."""
        self._write()
        self._file.close()

    def _write(self) -> None:
        """Write what waits as a row group."""
        if self.waiting_rows:
            table = pa.Table.from_batches(self._waiting, self._schema)
            self._waiting = []
            self._file.write_table(table, ROW_GROUP_ROWS)
        self.waiting_rows = self.waiting_bytes = 0


def _comes_again(kind: Any) -> bool:
    """Tell whether values of a type come again; a dictionary of times and prices is large."""
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return is_text or pa.types.is_dictionary(kind)


class Mids:
    """The mids as a Parquet file."""

    def __init__(self, rule: MidRule, writer: PartWriter) -> None:
        self._table = mids_table(rule).processor
        self._file = ParquetFile(writer.files[TABLE], SCHEMA, "arrival")

    def take(self, batch: Batch) -> None:
        self._file.add(self._table(Quotes.of(batch)).select(list(COLUMNS)))

    def end(self) -> None:
        self._file.end()
