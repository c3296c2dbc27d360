"""The same seeded quotes in many files: by ticker, spread evenly, a day each, packed.

Each set is a folder in the cache that is made once. The number of a row stays what it is in the
one file, so that whoever orders by it among quotes that arrive together gets the same order.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from scripts.bench_parts.recording import HEADER, SEED, START_US, TICKER_NAMES, chunks

Numbers = npt.NDArray[np.int64]
Split = Callable[[pa.Table], Numbers]
"""Says for each row of a table in which file it stands."""

DAY_US: Final = 86_400_000_000
GROUP_ROWS: Final = 250_000
BURST_ROWS: Final = 100
_PLAIN: Final = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")

_NUMBERS: Final = {name: number for number, name in enumerate(TICKER_NAMES)}


@dataclass(frozen=True, slots=True)
class FileSet:
    """Rows of the recording, and how they are kept. `suffix` says whether they are packed."""

    name: str
    rows: int
    files: int = 1
    suffix: str = ".csv"
    split: Split | None = None
    changed: Callable[[pa.Table], pa.Table] = lambda table: table

    def pattern(self, cache: Path) -> Path:
        """Return what names all its files, made at the first time of asking."""
        folder = cache / f"{self.name}-{self.rows}-seed{SEED}"
        if not folder.exists():
            print(f"writing {self.rows:,} quotes to {folder}", file=sys.stderr)
            unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            tables = (self.changed(table) for table in chunks(self.rows))
            if self.suffix == ".parquet":
                _write_parquet(tables, unfinished)
            else:
                self._write_texts(tables, unfinished)
            unfinished.rename(folder)
        return folder / f"*{self.suffix}"

    def _write_texts(self, tables: Iterable[pa.Table], folder: Path) -> None:
        begun: set[int] = set()
        for table in tables:
            for number, part in self._parts(table):
                text = pa.BufferOutputStream()
                if number not in begun:
                    text.write(HEADER.encode())
                    begun.add(number)
                pyarrow.csv.write_csv(part, text, _PLAIN)
                # Members of .gz and .zst may follow one another, as in files that grow.
                packing = {".csv": None, ".csv.gz": "gzip", ".csv.zst": "zstd"}[self.suffix]
                with (
                    (folder / f"{number:05d}{self.suffix}").open("ab") as file,
                    pa.output_stream(file, compression=packing) as stream,
                ):
                    stream.write(text.getvalue())

    def _parts(self, table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
        """Yield the rows of each file that has some, in their order."""
        if self.split is None:
            yield 0, table
            return
        numbers = self.split(table)
        order = np.argsort(numbers, kind="stable")
        rows, starts = table.take(order), np.unique(numbers[order], return_index=True)
        ends = [*starts[1][1:].tolist(), len(order)]
        for number, start, end in zip(*(part.tolist() for part in starts), ends, strict=True):
            yield number, rows.slice(start, end - start)


def _write_parquet(tables: Iterable[pa.Table], folder: Path) -> None:
    writer: pyarrow.parquet.ParquetWriter | None = None
    for table in tables:
        named = table.drop_columns([""])
        for place, name in enumerate(named.schema.names):
            if name.endswith(("_price", "_amount")):  # in a CSV as they are written
                named = named.set_column(place, name, named[name].cast(pa.float64()))
        if writer is None:
            writer = pyarrow.parquet.ParquetWriter(folder / "00000.parquet", named.schema)
        writer.write_table(named, row_group_size=GROUP_ROWS)
    if writer is not None:
        writer.close()


def _rows_of(table: pa.Table) -> Numbers:
    numbers: Numbers = table[""].to_numpy()
    return numbers


def by_ticker(files: int) -> Split:
    """Put all rows of a ticker in one file, and about as many tickers in each."""

    def split(table: pa.Table) -> Numbers:
        column = table["ticker"].combine_chunks().dictionary_encode()
        numbers = np.array([_NUMBERS[name] % files for name in column.dictionary.to_pylist()])
        found: Numbers = numbers[column.indices.to_numpy()]
        return found

    return split


def spread(files: int) -> Split:
    """Put one row after the other in one file after the other: all of them last to the end."""
    return lambda table: _rows_of(table) % files


def in_turn(files: int, rows: int) -> Split:
    """Put as many rows that follow one another in each file."""
    return lambda table: _rows_of(table) * files // rows


def as_days(days: int, rows: int) -> Callable[[pa.Table], pa.Table]:
    """Let each file of `in_turn` begin a day after the one before."""

    def changed(table: pa.Table) -> pa.Table:
        later_us = in_turn(days, rows)(table) * DAY_US
        return _with_stamps(table, _stamps_us(table) + later_us)

    return changed


def as_whole_days(days: int, rows: int) -> Callable[[pa.Table], pa.Table]:
    """Let each file of `in_turn` last for a day: bursts of the recording with pauses between."""
    begun = as_days(days, rows)
    pause_us = DAY_US * BURST_ROWS * days // rows * 99 // 100  # none lasts into the next day

    def changed(table: pa.Table) -> pa.Table:
        first_rows = -(-in_turn(days, rows)(table) * rows // days)
        bursts = (_rows_of(table) - first_rows) // BURST_ROWS
        table = begun(table)
        return _with_stamps(table, _stamps_us(table) + bursts * pause_us)

    return changed


def slower(times: float) -> Callable[[pa.Table], pa.Table]:
    """Let the quotes come so many times as far apart, in whole milliseconds."""

    def changed(table: pa.Table) -> pa.Table:
        stamps_us = _stamps_us(table)
        apart_ms = ((stamps_us - START_US) * times // 1_000).astype(np.int64)
        return _with_stamps(table, START_US + apart_ms * 1_000)

    return changed


def with_tickers(count: int) -> Callable[[pa.Table], pa.Table]:
    """Name so many different tickers, all of them as often."""

    def changed(table: pa.Table) -> pa.Table:
        names = pa.array([f"T{number % count:06d}" for number in _rows_of(table).tolist()])
        return table.set_column(table.schema.get_field_index("ticker"), "ticker", names)

    return changed


def _stamps_us(table: pa.Table) -> Numbers:
    stamps: Numbers = table["timestamp"].cast(pa.int64()).to_numpy()
    return stamps


def _with_stamps(table: pa.Table, stamps_us: Numbers) -> pa.Table:
    column = pa.array(stamps_us, pa.timestamp("us"))
    return table.set_column(table.schema.get_field_index("timestamp"), "timestamp", column)
