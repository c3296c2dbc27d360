"""Where the quotes of a conversion go: into one file, or a file of each day of arrival.

Those by ticker are in `ticker_files`.
"""

from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pyarrow as pa

from zreplay.conversion.output_files import QuoteFile, new_quote_file
from zreplay.conversion.quote_table import QuoteTable
from zreplay.quotes.block import Block
from zreplay.quotes.timestamp_text import exact_time_text

_DAY_NS: Final = 86_400 * 10**9
_DAY_CHARACTERS: Final = len("2025-10-02")


class Target(Protocol):
    """Takes blocks that follow one another in order of arrival; all may raise OSError."""

    files: int
    """How many have been begun."""

    def write(self, block: Block) -> None:
        """Take one row or more."""
        ...

    def close(self) -> None:
        """Finish what was begun."""
        ...


class OneFile:
    """All quotes in one file; without any, that is one of no rows."""

    def __init__(self, path: Path, kind: str, table: QuoteTable) -> None:
        self.files = 1
        self._table = table
        self._file = new_quote_file(path, kind, table.schema)

    def write(self, block: Block) -> None:
        self._file.write(self._table.batch(block))

    def close(self) -> None:
        self._file.close()


class DayFiles:
    """A file of each day (UTC) on which quotes arrive, one open at a time: `2025-10-02.parquet`."""

    def __init__(self, folder: Path, kind: str, table: QuoteTable) -> None:
        self.files = 0
        self._folder = folder
        self._kind = kind
        self._table = table
        self._day: int | None = None
        self._file: QuoteFile | None = None

    def write(self, block: Block) -> None:
        days = block.arrival_ns // _DAY_NS
        starts = np.flatnonzero(np.append(True, days[1:] != days[:-1])).tolist()
        for start, end in zip(starts, [*starts[1:], len(block)], strict=True):
            batch = self._table.batch(block.take(slice(start, end)))
            self._file_of(int(days[start]), batch.schema).write(batch)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _file_of(self, day: int, schema: pa.Schema) -> QuoteFile:
        if self._file is None or day != self._day:
            self.close()
            name = exact_time_text(day * _DAY_NS)[:_DAY_CHARACTERS]
            self._file = new_quote_file(self._folder / f"{name}{self._kind}", self._kind, schema)
            self._day = day
            self.files += 1
        return self._file
