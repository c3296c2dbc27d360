"""Blocks with ticker names of their own -> one block.

A ticker table gives every name one code, whichever block it came with. That is how blocks of
several files can be merged. It grows with the names: `keep_only` starts it afresh.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace

from zreplay.quotes.block import Block, Int32s, Int64s


class _Added(NamedTuple):
    """Names that were added, and their codes; `are_same` if those count from 0 as theirs do."""

    names: tuple[str, ...]
    codes: Int32s
    are_same: bool


_NOTHING: Final = _Added((), np.array([], np.int32), are_same=True)


class TickerTable:
    """Names and their codes, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: tuple[str, ...] = ()
        self._added: dict[int, _Added] = {}
        self._last = _NOTHING

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, at the index that is its code."""
        if len(self._names) != len(self._codes):
            self._names = tuple(self._codes)
        return self._names

    def add(self, names: Sequence[str], giver: int = 0) -> Int32s:
        """Return the code of each of these names, new ones included.

        A caller mostly adds the tuple that it added before, or an extension or a prefix of it: the
        names it added before are not looked up again, nor those of the tuple that came last, which
        files may have in common.
        """
        return self._add(names, giver).codes

    def codes_of(self, block: Block, giver: int) -> Int32s:
        """Return the table's code of each row, from whose block it may be that no other is."""
        added = self._add(block.ticker_names, giver)
        return block.ticker_codes if added.are_same else added.codes.take(block.ticker_codes)

    def _add(self, names: Sequence[str], giver: int) -> _Added:
        own, last = self._added.get(giver, _NOTHING), self._last
        if names is own.names:
            return own
        if names is last.names:
            self._added[giver] = last
            return last
        for before, codes, are_same in (last, own, _NOTHING):
            if before[: len(names)] == names:
                return _Added(before[: len(names)], codes[: len(names)], are_same)
            if names[: len(before)] == before:
                break
        known = self._codes
        new = [known.setdefault(name, len(known)) for name in names[len(before) :]]
        codes = np.append(codes, np.array(new, np.int32))
        added = _Added(tuple(names), codes, np.array_equal(codes, np.arange(len(codes))))
        if isinstance(names, tuple):  # which stays what it is
            self._added[giver] = self._last = added
        return added

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
    return concatenated(blocks, names)


def concatenated(blocks: Sequence[Block], names: tuple[str, ...]) -> Block:
    """Return the rows of blocks, one block after the other, all with codes of these names."""
    columns = zip(*(block.columns for block in blocks), strict=True)
    return Block.of((np.concatenate(column) for column in columns), names)


def used_codes(block: Block) -> Int64s:
    """Return each code that a row of the block has once, in ascending order."""
    is_used = np.zeros(len(block.ticker_names), np.bool_)
    is_used[block.ticker_codes] = True
    return np.flatnonzero(is_used)
