"""Blocks with ticker names of their own -> one block.

A ticker table gives every name one code, whichever block it came with. That is how blocks of
several files can be merged. It grows with the names: `keep_only` starts it afresh.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from zreplay.quotes.block import COLUMN_NAMES, Block, Int32s, Int64s

_NOTHING: Final[tuple[tuple[str, ...], Int32s]] = ((), np.array([], np.int32))


class TickerTable:
    """Names and their codes, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: tuple[str, ...] = ()
        self._added: dict[int, tuple[tuple[str, ...], Int32s]] = {}

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, at the place of its code."""
        if len(self._names) != len(self._codes):
            self._names = tuple(self._codes)
        return self._names

    def add(self, names: Sequence[str], giver: int = 0) -> Int32s:
        """Return the code of each of these names, new ones included.

        A caller mostly adds the tuple that it added before, or an extension or a prefix of it: the
        names it added before are not looked up again.
        """
        before, codes = self._added.get(giver, _NOTHING)
        if names is before:
            return codes
        if before[: len(names)] == names:
            return codes[: len(names)]
        if names[: len(before)] != before:
            before, codes = _NOTHING
        known = self._codes
        new = [known.setdefault(name, len(known)) for name in names[len(before) :]]
        codes = np.append(codes, np.array(new, np.int32))
        if isinstance(names, tuple):  # which stays what it is
            self._added[giver] = names, codes
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


def used_codes(block: Block) -> Int64s:
    """Return each code that a row of the block has once, in ascending order."""
    is_used = np.zeros(len(block.ticker_names), np.bool_)
    is_used[block.ticker_codes] = True
    return np.flatnonzero(is_used)
