"""Quotes in order of arrival -> those that are sent, and how many were left out before each.

Only what was selected otherwise is counted, and nothing behind the quote that reaches a limit: a
run that is gone on with anywhere counts the same.
"""

from operator import add, sub
from typing import Final, NamedTuple

import numpy as np

from zreplay.historical.daily_session import DailySession
from zreplay.historical.repeated_quotes import is_repeated
from zreplay.ordering.order_cursor import Key
from zreplay.quotes.block import LAST_POSITION, Block, Bools, Int64s

_BEFORE_FIRST_POSITION: Final = -1


class LeftOut(NamedTuple):
    """How many quotes were left out, each for the first of the reasons that holds."""

    outside_session: int = 0
    """They do not arrive in the session: `--session`."""

    repeated: int = 0
    """They stand in an earlier file too: `--dedupe`."""

    def plus(self, other: "LeftOut") -> "LeftOut":
        return LeftOut(*map(add, self, other))

    def minus(self, other: "LeftOut") -> "LeftOut":
        return LeftOut(*map(sub, self, other))


NOTHING: Final = LeftOut()
Marks = tuple[Int64s, Int64s]
"""For each reason, ascending, before which row each quote was left out."""


class Chosen(NamedTuple):
    """The quotes of a block that are sent, and between which of them others were left out."""

    block: Block
    sent_before: int
    before: LeftOut
    marks: Marks | None = None
    """None where nothing was left out."""

    def left_out(self, rows: int) -> LeftOut:
        """Return what was left out before the last of so many rows, in all."""
        if self.marks is None:
            return self.before
        counts = [int(np.searchsorted(marks, rows)) for marks in self.marks]
        return LeftOut(*map(add, self.before, counts))

    @property
    def left_out_in_all(self) -> LeftOut:
        """What was left out up to the end of the block, in all."""
        return self.left_out(len(self.block) + 1)

    def cut(self, most: int) -> "Chosen":
        """Return the first of the rows, and nothing of what is behind the last of them."""
        if most > len(self.block):
            return self
        marks = self.marks
        if marks is not None:
            marks = marks[0][marks[0] < most], marks[1][marks[1] < most]
        return self._replace(block=self.block.take(slice(0, most)), marks=marks)


def key_before_whole_arrival(key: Key) -> Key:
    """Return the key before all that arrives with the quote of a key.

    Whether one repeats another is decided where all of them are there. Nothing of an arrival is
    missing where all of it was passed over.
    """
    arrival_ns, position = key
    return key if position == LAST_POSITION else (arrival_ns, _BEFORE_FIRST_POSITION)


def leave_out(
    chosen: Chosen, *, session: DailySession | None, dedupe: bool, after: Key | None
) -> Chosen:
    """Return the rows that arrive in the session and repeat none, and are behind a key."""
    block = chosen.block
    outside = None if session is None else session.is_outside(block.arrival_ns)
    repeated = is_repeated(block) if dedupe else None
    begin = 0 if after is None else _rows_up_to(block, after)
    if outside is None and repeated is None:
        return chosen._replace(block=block.take(slice(begin, None))) if begin else chosen
    outside, repeated = (_mask(len(block), found) for found in (outside, repeated))
    repeated &= ~outside
    kept = ~(outside | repeated)
    for mask in (kept, outside, repeated):
        mask[:begin] = False
    before = np.cumsum(kept)
    marks = before[outside], before[repeated]
    return chosen._replace(block=block.take(np.flatnonzero(kept)), marks=marks)


def _mask(rows: int, found: Bools | None) -> Bools:
    return np.zeros(rows, np.bool_) if found is None else found


def _rows_up_to(block: Block, key: Key) -> int:
    arrival_ns, position = key
    if not len(block) or int(block.arrival_ns[0]) > arrival_ns:
        return 0
    is_before = block.arrival_ns < arrival_ns
    is_there = (block.arrival_ns == arrival_ns) & (block.position <= position)
    return int(np.count_nonzero(is_before | is_there))
