"""Batches of any size -> batches of one size: what is done with each of them has its price."""

from collections.abc import Iterable, Iterator

import pyarrow as pa


def joined(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of these batches in batches of so many, the last one of what is left."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + len(batch) >= rows:
            taken = rows - count
            yield _one([*held, batch.slice(0, taken)])
            held, count, batch = [], 0, batch.slice(taken)
        if len(batch):
            held.append(batch)
            count += len(batch)
    if held:
        yield _one(held)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    (batch,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return batch
