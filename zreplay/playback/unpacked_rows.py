"""The next rows of a block, unpacked once: batches of few rows are cut from them by slicing.

A paced replay sends a handful of rows thousands of times a second. Slicing and copying ten arrays
for each costs ten times as much as slicing bytes and lists.
"""

import struct
from bisect import bisect_right
from typing import Final

from protocol.messages import Columns
from zreplay.playback.batch_columns import BatchColumns, item_bytes, numbered_names
from zreplay.quotes.block import Block

UNPACKED_ROWS: Final = 256


class UnpackedRows:
    """The rows `start` to `end` of a block; a row keeps its number in the block."""

    __slots__ = ("_arrivals_ns", "_codes", "_columns", "_names", "_positions", "end", "start")

    def __init__(self, block: Block, start: int) -> None:
        part = block.take(slice(start, start + UNPACKED_ROWS))
        self.start = start
        self.end = start + len(part)
        self._arrivals_ns: list[int] = part.arrival_ns.tolist()
        self._positions: list[int] = part.position.tolist()
        self._codes: list[int] = part.ticker_codes.tolist()
        self._names = block.ticker_names
        self._columns = [bytes(item_bytes(column)) for column in part.wide_columns]

    def arrival_ns(self, row: int) -> int:
        return self._arrivals_ns[row - self.start]

    def due_count(self, row: int, replay_now_ns: int) -> int:
        """Return how many rows from `row` to the last have arrived by now."""
        at = row - self.start
        return bisect_right(self._arrivals_ns, replay_now_ns, at) - at

    def cut(self, row: int, count: int) -> BatchColumns:
        """Return the columns of these rows as they travel."""
        at = row - self.start
        end = at + count
        names, numbers = numbered_names(self._names, self._codes[at:end])
        first, last = 8 * at, 8 * end
        columns = [column[first:last] for column in self._columns]
        codes = struct.pack(f"<{count}i", *numbers)
        return BatchColumns(
            Columns.of(columns, names, codes), self._arrivals_ns[at:end], self._positions[end - 1]
        )
