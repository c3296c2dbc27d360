"""The kinds of files that a conversion writes, by the end of their name.

To add one: a class with `write` and `close`, and its line in KINDS.
"""

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from zreplay.conversion import csv_text

PARQUET: Final = ".parquet"
GZIP_LEVEL: Final = 2
"""Of isal: about as small as level 6 of zlib, several times as fast."""
_ZLIB_LEVEL: Final = 6
_PARALLEL: Final = 2
_WORTH_A_THREAD_ROWS: Final = 16_384
_BUFFER_BYTES: Final = 1024 * 1024


class QuoteFile(Protocol):
    """A file that takes batches of quotes, those of one file all of one schema."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write one row or more.

        Raises:
            OSError: the disk does not take them.
            SettingsError: a quote cannot stand in a file of this kind.
        """
        ...

    def close(self) -> None:
        """Write what is to stand at the end; the file is then whole."""
        ...


class ParquetQuotes:
    """A Parquet file: each batch is a row group."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._file = file
        self._writer = pa_parquet.ParquetWriter(
            file,
            schema,
            use_dictionary=["ticker"],  # type: ignore[arg-type]  # it takes names of columns too
        )

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch, row_group_size=len(batch))

    def close(self) -> None:
        with contextlib.closing(self._file):
            self._writer.close()


class ArrowQuotes:
    """An Arrow IPC file."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._file = file
        self._writer = pa.ipc.new_file(file, schema)  # type: ignore[arg-type]  # it takes any file

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def close(self) -> None:
        with contextlib.closing(self._file):
            self._writer.close()


class CsvQuotes:
    """A CSV, packed or not: what is packed are members that follow one another.

    Parts of a batch are made side by side.
    """

    def __init__(
        self, file: IO[bytes], schema: pa.Schema, packed: Callable[[pa.Buffer], pa.Buffer | bytes]
    ) -> None:
        self._file = file
        self._packed = packed
        self._makers = ThreadPoolExecutor(_PARALLEL, "csv")
        self._file.write(packed(pa.py_buffer(csv_text.header_line(schema))))

    def write(self, batch: pa.RecordBatch) -> None:
        if len(batch) < _WORTH_A_THREAD_ROWS:
            self._file.write(self._data(batch))
            return
        rows = -(-len(batch) // _PARALLEL)
        parts = [batch.slice(first, rows) for first in range(0, len(batch), rows)]
        for data in self._makers.map(self._data, parts):
            self._file.write(data)

    def close(self) -> None:
        self._makers.shutdown()
        self._file.close()

    def _data(self, batch: pa.RecordBatch) -> pa.Buffer | bytes:
        return self._packed(csv_text.lines(batch))


def _plain(text: pa.Buffer) -> pa.Buffer:
    return text


def _gzip(text: pa.Buffer) -> bytes:
    try:
        from isal import igzip
    except ImportError:  # there is none for this machine
        import gzip

        return gzip.compress(text, _ZLIB_LEVEL, mtime=0)
    packed: bytes = igzip.compress(text, GZIP_LEVEL, mtime=0)
    return packed


def _zstd(text: pa.Buffer) -> pa.Buffer:
    return pa.Codec("zstd").compress(text)


Opener = Callable[[IO[bytes], pa.Schema], QuoteFile]

KINDS: Final[Mapping[str, Opener]] = {
    PARQUET: ParquetQuotes,
    ".arrow": ArrowQuotes,
    ".csv": lambda file, schema: CsvQuotes(file, schema, _plain),
    ".csv.gz": lambda file, schema: CsvQuotes(file, schema, _gzip),
    ".csv.zst": lambda file, schema: CsvQuotes(file, schema, _zstd),
}


def kind_of(path: Path) -> str | None:
    """Return how the name of a file of a known kind ends, None of any other."""
    return next((kind for kind in KINDS if path.name.lower().endswith(kind)), None)


def new_quote_file(path: Path, kind: str, schema: pa.Schema) -> QuoteFile:
    """Return a file that is written anew.

    Raises:
        OSError: it cannot be opened.
    """
    file = path.open("wb", buffering=_BUFFER_BYTES)
    try:
        return KINDS[kind](file, schema)
    except BaseException:
        file.close()
        raise
