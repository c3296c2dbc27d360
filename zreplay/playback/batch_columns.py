"""What is due -> the columns of a batch. In: a block in replay order; out: bytes.

A Batch that travels, with its number and cursor, is made in zreplay/delivery/record_stream.py. It
holds consecutive quotes of one block and one segment. It carries only the ticker names that it
uses, numbered anew in the order of the names it was given; it ends before the quote whose name
would make them more than a frame has room for.
"""

import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from protocol.limits import MAX_NAMES_BYTES, MAX_TICKER_CHARS
from protocol.messages import Batch, Buffer, Columns, Mode
from protocol.narrow_head import column_of_one
from zreplay.quotes.block import Block, Int64s, is_held_once
from zreplay.quotes.used_names import used_names

_CHARACTER_BYTES: Final = 4
"""A character takes so many at most."""

_FEW_NAMES: Final = MAX_NAMES_BYTES // (_CHARACTER_BYTES * MAX_TICKER_CHARS)
"""So many fit whatever they are."""

_IS_LITTLE_ENDIAN: Final = sys.byteorder == "little"


class BatchColumns(NamedTuple):
    """Quotes that are to leave together, as they travel, in the order of their arrival."""

    columns: Columns
    arrivals_ns: Int64s | list[int]
    last_position: int

    @property
    def quotes(self) -> int:
        return len(self.arrivals_ns)

    @property
    def latest_arrival_ns(self) -> int:
        arrivals_ns = self.arrivals_ns
        return max(arrivals_ns) if isinstance(arrivals_ns, list) else int(arrivals_ns.max())


def cut_of(block: Block) -> BatchColumns:
    """Return the first quotes of a non-empty block: as many as have names that fit in a batch."""
    columns = columns_of(block)
    count = _count_that_fits(columns.ticker_names, columns.ticker_codes)
    if count < len(block):
        return cut_of(block.take(slice(0, count)))
    return BatchColumns(columns, block.arrival_ns, int(block.position[-1]))


def unsent_batch(block: Block, mode: Mode) -> Batch:
    """Return quotes as the rule of mids takes them; of no run, as they do not travel."""
    return Batch(
        run=bytes(32),
        epoch=0,
        first=0,
        count=len(block),
        segment=0,
        reason="",
        mode=mode,
        attempt=1,
        cursor=b"",
        arrival_ns=0,
        version="",
        columns=columns_of(block),
    )


def due_count(block: Block, start: int, replay_now_ns: int) -> int:
    """Return how many quotes of a block, from row `start` on, have arrived by now."""
    return int(np.searchsorted(block.arrival_ns[start:], replay_now_ns, side="right"))


def even_share(count: int, most: int) -> int:
    """Return the size of the next batch when `count` quotes go in equal batches."""
    batches = -(-count // most)
    return -(-count // batches)


def columns_of(block: Block) -> Columns:
    """Return a block's quotes as they travel: n items a column, little-endian."""
    names, codes = used_names(block.ticker_names, block.ticker_codes)
    return Columns.of(map(_sent_bytes, block.wide_columns), names, item_bytes(codes))


def _sent_bytes(column: npt.NDArray[np.generic]) -> Buffer:
    if is_held_once(column) and len(column):
        return column_of_one(bytes(item_bytes(column[:1])), len(column))
    return item_bytes(column)


def item_bytes(column: npt.NDArray[np.generic]) -> Buffer:
    """Return the items of a column, little-endian."""
    if not _IS_LITTLE_ENDIAN:
        column = column.byteswap()
    return memoryview(np.ascontiguousarray(column)).cast("B")


def _count_that_fits(names: tuple[str, ...], codes: Buffer) -> int:
    """Return how many of the first quotes have names of at most MAX_NAMES_BYTES together."""
    numbers = np.frombuffer(codes, "<i4")
    if len(names) <= _FEW_NAMES or _CHARACTER_BYTES * sum(map(len, names)) <= MAX_NAMES_BYTES:
        return len(numbers)
    name_bytes = np.fromiter((len(name.encode()) for name in names), np.int64, len(names))
    _, first_rows = np.unique(numbers, return_index=True)  # of each name: all of them are used
    added_bytes = np.zeros(len(numbers), np.int64)
    added_bytes[first_rows] = name_bytes
    return int(np.searchsorted(np.cumsum(added_bytes), MAX_NAMES_BYTES, side="right"))


def numbered_names(
    names: tuple[str, ...], codes: Sequence[int]
) -> tuple[tuple[str, ...], list[int]]:
    """Return the names that a few codes use, in their order, and the codes numbered anew."""
    used = sorted({*codes})
    numbers = {code: number for number, code in enumerate(used)}
    return tuple([names[code] for code in used]), [numbers[code] for code in codes]
