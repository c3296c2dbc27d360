"""A function of the user over the quotes of a window: what it yields is the Parquet file of a part.

    def means(batches, window):
        for batch in batches:
            if not window.is_warmup(batch):
                yield pa.record_batch({"rows": [batch.num_rows]})

Rule 1: it gets all quotes of the window in order, as `zreplay.read` gives them, and knows nothing
of other windows; with a warmup those that arrive so long before come first, in batches of their
own. Where batches are cut has no meaning.
Rule 2: what it raises fails its window alone, and names the place.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from protocol.errors import ProcessorError, ZreplayError
from zreplay.backfilling.parquet_output import ParquetFile
from zreplay.backfilling.part_files import TABLE, PartWriter
from zreplay.quotes.arrow_batch import TickerNames, batch_of
from zreplay.quotes.block import Block


class WindowOfArrivals(NamedTuple):
    """The window of a partition: from the first arrival until before the last; None is open."""

    number: int
    start_ns: int | None
    end_ns: int | None

    def is_warmup(self, batch: pa.RecordBatch) -> bool:
        """Tell whether a batch arrived before the window; a batch is wholly in it or before it."""
        first = batch["arrival"][0].value if batch.num_rows else None
        return first is not None and self.start_ns is not None and first < self.start_ns


Function = Callable[[Iterator[pa.RecordBatch], WindowOfArrivals], Iterable[pa.RecordBatch]]


def batches_of(blocks: Iterable[Block], window: WindowOfArrivals) -> Iterator[pa.RecordBatch]:
    """Yield the quotes of a window as record batches; none has quotes from before and from it."""
    names = TickerNames()
    for block in blocks:
        before = 0
        if window.start_ns is not None:
            before = int(np.searchsorted(block.arrival_ns, window.start_ns))
        for rows in (slice(0, before), slice(before, len(block))):
            if rows.stop > rows.start:
                yield batch_of(block.take(rows), names)


def write_yielded(
    function: Function,
    blocks: Iterable[Block],
    window: WindowOfArrivals,
    writer: PartWriter,
) -> None:
    """Write what a function yields; if that is nothing, there is no file.

    Raises:
        ProcessorError: it raised, or yielded other than record batches of one schema.
    """
    file: ParquetFile | None = None
    schema = None
    try:
        for made in function(batches_of(blocks, window), window):
            if not isinstance(made, pa.RecordBatch):
                raise TypeError(f"it yielded a {type(made).__name__}, expected a RecordBatch")
            if file is None or schema is None:
                schema = made.schema
                file = ParquetFile(writer.files[TABLE], schema)
            if not made.schema.equals(schema):
                raise TypeError("it yielded batches of two schemas")
            file.add(made)
    except ZreplayError:
        raise
    except Exception as error:
        raise _raised(function, error) from None
    if file is None:
        writer.drop(TABLE)
    else:
        file.end()


def name_of(function: Any) -> str:
    """Return what a function is called, with its module."""
    named = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '')}.{named}"


def _raised(function: Function, error: Exception) -> ProcessorError:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return ProcessorError(
        f"{name_of(function)} raised {type(error).__name__}: {error!s:.300} "
        f"(line {frame.lineno} of {frame.filename})",
        fix="mend it; the same call goes on with the partitions that are left",
        code="Z801",
    )
