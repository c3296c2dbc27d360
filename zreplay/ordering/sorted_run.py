"""A block in the order of its file -> a run in order of arrival; several runs -> one block.

A run is the block as it was read, and the order of its rows: a row is copied once, at its turn.
Rows that arrive together keep the order of the block, and then that of the runs.

The numpy code is the definition. The compiled code returns the same, faster.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final, Self

import msgspec
import numpy as np
from msgspec.structs import replace

from protocol.compiled_parts import ORDER, are_in_use
from zreplay.quotes.block import EMPTY, Block, Int32s, Int64s
from zreplay.quotes.ticker_table import concatenated

if are_in_use(ORDER):
    from zreplay.ordering.compiled_order import merge as merge_compiled
    from zreplay.ordering.compiled_order import sort as sort_compiled

MAX_COMPILED_RUNS: Final = 4096
"""So many runs the compiled code merges; it holds a kilobyte of each."""


class SortedRun(msgspec.Struct, frozen=True):
    """Rows of a block by ascending arrival; `rows` is None if the block is in that order."""

    block: Block
    arrival_ns: Int64s
    rows: Int32s | None

    @classmethod
    def of(cls, block: Block) -> Self:
        """Sort the rows of a block by arrival."""
        arrival_ns = block.arrival_ns
        if bool((arrival_ns[1:] >= arrival_ns[:-1]).all()):
            return cls.sorted(block)
        return cls(block, *sorted_arrivals(arrival_ns))

    @classmethod
    def sorted(cls, block: Block) -> Self:
        """Return the run of a block whose rows are by arrival."""
        return cls(block, block.arrival_ns, None)

    def __len__(self) -> int:
        return len(self.arrival_ns)

    @property
    def ticker_codes(self) -> Int32s:
        codes = self.block.ticker_codes
        return codes if self.rows is None else codes[self.rows]

    @property
    def timestamp_ns(self) -> Int64s:
        return self._in_order(self.block.timestamp_ns)

    @property
    def position(self) -> Int64s:
        return self._in_order(self.block.position)

    def _in_order(self, column: Int64s) -> Int64s:
        return column if self.rows is None else column[self.rows]

    def renumbered(self, codes: Int32s) -> Self:
        """Return the run with each ticker code replaced by `codes[code]`."""
        block = replace(self.block, ticker_codes=codes[self.block.ticker_codes])
        return replace(self, block=block)

    def part(self, part: slice) -> Self:
        """Return these of the rows; nothing is copied."""
        if self.rows is None:
            return self.sorted(self.block.take(part))
        return type(self)(self.block, self.arrival_ns[part], self.rows[part])

    def copied(self) -> Self:
        """Return the same rows in memory of their own, in order."""
        rows = np.arange(len(self)) if self.rows is None else self.rows.astype(np.intp)
        return self.sorted(self.block.take(rows))


def sorted_arrivals(arrival_ns: Int64s) -> tuple[Int64s, Int32s]:
    """Return the arrivals in ascending order, and the row of each."""
    if are_in_use(ORDER):
        sorted_ns = np.empty(len(arrival_ns), np.int64)
        rows = np.empty(len(arrival_ns), np.int32)
        if sort_compiled(np.ascontiguousarray(arrival_ns), sorted_ns, rows):
            return sorted_ns, rows
    order = np.argsort(arrival_ns, kind="stable")
    return arrival_ns[order], order.astype(np.int32)


def merged(runs: Sequence[SortedRun]) -> Block:
    """Return the rows of one or more runs, all with the same ticker codes, by arrival."""
    if len(runs) == 1 and runs[0].rows is None:
        return runs[0].block
    parts = [(run.arrival_ns, run.rows, run.block) for run in runs]
    return _compiled_merged(parts) or python_merged(runs)


def sorted_block(blocks: Sequence[Block]) -> Block:
    """Return the rows of one or more blocks, all with the same ticker codes, by arrival.

    Those that arrive together keep the order of the blocks. It is in memory of its own, but for
    one block that is in order.
    """
    if len(blocks) == 1:
        return merged([SortedRun.of(blocks[0])])
    parts = [(block.arrival_ns, None, block) for block in blocks]
    return _compiled_merged(parts) or _rows_of(
        SortedRun.of(concatenated(blocks, blocks[0].ticker_names))
    )


def python_merged(runs: Sequence[SortedRun]) -> Block:
    """Return what `merged` does, by copying each row twice."""
    blocks = [_rows_of(run) for run in runs]
    return _rows_of(SortedRun.of(concatenated(blocks, blocks[0].ticker_names)))


def _rows_of(run: SortedRun) -> Block:
    return run.block if run.rows is None else run.block.take(run.rows.astype(np.intp))


def _compiled_merged(parts: Sequence[tuple[Int64s, Int32s | None, Block]]) -> Block | None:
    """Return the rows of runs by arrival; None where compiled code cannot do it."""
    if not are_in_use(ORDER) or len(parts) > MAX_COMPILED_RUNS:
        return None
    count = sum([len(arrival_ns) for arrival_ns, _, _ in parts])
    are_bare = all([block.is_bare for _, _, block in parts])
    columns_of = attrgetter("kept_columns" if are_bare else "columns")
    columns = tuple(np.empty(count, column.dtype) for column in columns_of(EMPTY))
    runs = tuple(
        (np.ascontiguousarray(arrival_ns), rows, *map(np.ascontiguousarray, columns_of(block)))
        for arrival_ns, rows, block in parts
    )
    if not merge_compiled(runs, columns):
        return None
    return (Block.of_bare if are_bare else Block.of)(columns, parts[0][2].ticker_names)
