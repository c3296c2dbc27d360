"""Blocks with ticker names of their own -> one block.

A ticker table gives every name one code, whatever block it came with. It is what lets blocks
of several files be merged, and it grows with the names: `keep_only` begins it anew.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from zreplay.quotes.block import COLUMN_NAMES, Block, Int32s


class TickerTable:
    """Names and their codes, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: tuple[str, ...] = ()
        self._added: tuple[tuple[str, ...], Int32s] | None = None

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, at the place of its code."""
        if len(self._names) != len(self._codes):
            self._names = tuple(self._codes)
        return self._names

    def add(self, names: Sequence[str]) -> Int32s:
        """Return the code of each of these names, new ones included."""
        if self._added is not None and self._added[0] is names:
            return self._added[1]
        known = self._codes
        if not known.keys() >= set(names):
            for name in names:
                known.setdefault(name, len(known))
        codes = np.fromiter(map(known.__getitem__, names), dtype=np.int32, count=len(names))
        if isinstance(names, tuple):  # which stays what it is
            self._added = names, codes
        return codes

    def renumbered(self, block: Block) -> Block:
        """Return the block with the table's codes and names."""
        if block.ticker_names is self._names:
            return block
        codes = self.add(block.ticker_names)[block.ticker_codes]
        return replace(block, ticker_codes=codes, ticker_names=self.names)


def joined(blocks: Sequence[Block]) -> Block:
    """Return the rows of one or more blocks, one block after the other."""
    if len(blocks) == 1:
        return blocks[0]
    names = blocks[-1].ticker_names
    if any(block.ticker_names is not names for block in blocks):
        table = TickerTable()
        blocks = [table.renumbered(block) for block in blocks]
        names = table.names
    columns = {
        name: np.concatenate([getattr(block, name) for block in blocks]) for name in COLUMN_NAMES
    }
    return Block(**columns, ticker_names=names)
