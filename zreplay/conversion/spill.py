"""Batches that wait on the disk, and come back in the order in which they went."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa


class Spill:
    """A file of batches of one schema: first all are written, then all are read.

    Raises:
        OSError: the disk does not take, or give, them.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._file = path.open("wb")
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer = pa.ipc.new_stream(self._file, schema, options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def end(self) -> None:
        """Close the file: no more is written."""
        self._writer.close()
        self._file.close()

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, then remove the file."""
        with self._path.open("rb") as file, pa.ipc.open_stream(file) as batches:
            yield from batches
        self._path.unlink()
