"""What is due -> the columns of a batch. In: a block in replay order; out: bytes.

A batch holds consecutive quotes of one block and one segment. It carries only the ticker
names that it uses, numbered anew in the order of the names it was given.
"""

import sys
from bisect import bisect_right
from itertools import compress
from typing import Final

import numpy as np
import numpy.typing as npt

from protocol.messages import Buffer, Columns
from zreplay.block import Block, Int32s

FEW_ROWS: Final = 32
"""So few are what is due when paced; they are handled without a column."""

FEW_CODES_SHARE: Final = 16
"""With fewer codes than a 16th of the names, a look at each code beats one at each name."""

_IS_LITTLE_ENDIAN: Final = sys.byteorder == "little"


def due_count(block: Block, start: int, replay_now_ns: int) -> int:
    """Return how many quotes of a block, from row `start` on, have arrived by now."""
    few = block.arrival_ns[start : start + FEW_ROWS].tolist()
    if few and few[-1] > replay_now_ns:
        return bisect_right(few, replay_now_ns)
    return int(np.searchsorted(block.arrival_ns[start:], replay_now_ns, side="right"))


def even_share(count: int, most: int) -> int:
    """Return the size of the next batch when `count` quotes go in equal batches."""
    batches = -(-count // most)
    return -(-count // batches)


def columns_of(block: Block) -> Columns:
    """Return a block's quotes as they travel: n items a column, little-endian."""
    names, codes = _used_names(block.ticker_names, block.ticker_codes)
    return Columns(
        _bytes(block.index),
        _bytes(block.timestamp_ns),
        _bytes(block.latency_ms),
        _bytes(block.ask_amount),
        _bytes(block.ask_price),
        _bytes(block.bid_price),
        _bytes(block.bid_amount),
        names,
        _bytes(codes),
    )


def _bytes(column: npt.NDArray[np.generic]) -> Buffer:
    if not _IS_LITTLE_ENDIAN:
        column = column.byteswap()
    if len(column) <= FEW_ROWS:
        return column.tobytes()
    return memoryview(np.ascontiguousarray(column)).cast("B")


def _used_names(names: tuple[str, ...], codes: Int32s) -> tuple[tuple[str, ...], Int32s]:
    if len(codes) * FEW_CODES_SHARE < len(names):
        few = codes.tolist()
        numbers_by_code = {code: number for number, code in enumerate(sorted(set(few)))}
        renumbered = [numbers_by_code[code] for code in few]
        return tuple([names[code] for code in numbers_by_code]), np.array(renumbered, np.int32)
    is_used = np.zeros(len(names), dtype=np.bool_)
    places = codes.astype(np.intp)  # what numpy looks up by: else each look-up makes its own
    is_used[places] = True
    numbers = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return tuple(compress(names, is_used.tobytes())), numbers.take(places)
