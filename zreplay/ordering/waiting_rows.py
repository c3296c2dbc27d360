"""Blocks of any number of files -> their rows by (arrival, position), as far as they are due.

A few blocks wait as they were read, and a row is copied once. Where they are many, what was added
since rows were last taken becomes one sorted run, however many files it is from, so that the cost
of a row does not grow with their number.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from protocol.limits import INT64_MAX
from zreplay.ordering.sorted_run import SortedRun, merged, sorted_block
from zreplay.quotes.block import Block, Int32s, Int64s, file_of

MOST_RUNS: Final = 32
"""If there are more, the shorter half are merged: each look at the rows looks at each run."""

COPIED_SHARE: Final = 4
"""The rest of a run is copied once it is this small a part of what its memory holds."""

_NO_CODES: Final = np.array([], dtype=np.int32)


class WaitingTimes(NamedTuple):
    """Of rows in any order: when they arrive and were stamped, and where they stand."""

    arrival_ns: Int64s
    timestamp_ns: Int64s
    position: Int64s


class WaitingRows:
    """The rows waiting for their turn. Their blocks share ticker codes, not names."""

    def __init__(self) -> None:
        self.rows = 0
        self.added_rows = 0
        """How many were added since rows were last taken."""
        self._added: list[tuple[int, Block]] = []
        self._has_joint = False
        """Whether a block that was added has rows of several files."""
        self._least_added_ns: int = INT64_MAX
        self._runs: list[_Held] = []

    def add(self, number: int, block: Block) -> None:
        """Add the next rows of a file, at least one, in the order of the file."""
        self._added.append((number, block))
        self._least_added_ns = min(self._least_added_ns, block.bounds.least_arrival_ns)
        self.rows += len(block)
        self.added_rows += len(block)

    def add_joint(self, block: Block) -> None:
        """Add the next rows of several files, those of one in its order, by their numbers."""
        self.add(file_of(int(block.position[0])), block)
        self._has_joint = True

    def has_below(self, mark_ns: int) -> bool:
        """Return whether a row arrives strictly below a mark, which may be over INT64_MAX."""
        if not self.rows:
            return False
        return min([self._least_added_ns, *(held.first_ns for held in self._runs)]) < mark_ns

    def times(self) -> WaitingTimes:
        """Return the times and places of all rows."""
        self._sort_added()
        runs = [held.run for held in self._runs]
        return WaitingTimes(
            np.concatenate([run.arrival_ns for run in runs]),
            np.concatenate([run.timestamp_ns for run in runs]),
            np.concatenate([run.position for run in runs]),
        )

    def take_below(self, mark_ns: int, batch_rows: int = 0) -> Block | None:
        """Take the rows that arrive strictly below a mark, in order; None if there are none.

        The last of more than `batch_rows` wait on where they would be less than half a batch.
        """
        self._sort_added()
        self.added_rows = 0
        parts = list(self._cut(mark_ns))
        if not parts:
            return None
        block = merged(parts)
        if len(parts) > 1:
            _settle_ties(block)
        rest = len(block) % batch_rows if len(block) > batch_rows > 0 else 0
        if 0 < rest < batch_rows / 2:
            whole = len(block) - rest
            self._runs.insert(0, _Held.of(SortedRun.sorted(block)).without(whole))
            block = block.take(slice(0, whole))
        self.rows -= len(block)
        return block

    def ticker_codes(self) -> Int32s:
        """Return the codes that are in use, each once."""
        self._sort_added()
        used = [held.run.ticker_codes for held in self._runs]
        return np.unique(np.concatenate(used or [_NO_CODES]))

    def renumber(self, codes: Int32s) -> None:
        """Replace each ticker code by `codes[code]`."""
        self._sort_added()
        self._runs = [_Held(held.run.renumbered(codes), held.rows) for held in self._runs]

    def _sort_added(self) -> None:
        if not self._added:
            return
        # By file, those of one in its order: the sort by arrival keeps ties by position.
        self._added.sort(key=lambda added: added[0])
        blocks = [block for _, block in self._added]
        if len(self._runs) + len(blocks) <= MOST_RUNS:
            self._runs += [_Held.of(SortedRun.of(block)) for block in blocks]
        else:
            block = sorted_block(blocks)
            if self._has_joint and len(blocks) > 1:
                _settle_ties(block)
            self._runs.append(_Held.of(SortedRun.sorted(block)))
        self._added, self._least_added_ns, self._has_joint = [], INT64_MAX, False
        if len(self._runs) > MOST_RUNS:
            self._runs.sort(key=lambda held: -len(held.run))
            joint = merged([held.run for held in self._runs[MOST_RUNS // 2 :]])
            _settle_ties(joint)
            self._runs = [*self._runs[: MOST_RUNS // 2], _Held.of(SortedRun.sorted(joint))]

    def _cut(self, mark_ns: int) -> Iterator[SortedRun]:
        kept = []
        for held in self._runs:
            run = held.run
            count = len(run)
            if mark_ns <= INT64_MAX:
                count = int(np.searchsorted(run.arrival_ns, mark_ns))
            if count:
                yield run.part(slice(0, count))
            if count < len(run):
                kept.append(held.without(count))
        self._runs = kept


class _Held:
    """A run, and how many rows its memory has room for."""

    __slots__ = ("first_ns", "rows", "run")

    def __init__(self, run: SortedRun, rows: int) -> None:
        self.run = run
        self.rows = rows
        self.first_ns = int(run.arrival_ns[0])

    @classmethod
    def of(cls, run: SortedRun) -> "_Held":
        return cls(run, len(run))

    def without(self, count: int) -> "_Held":
        """Return the rows after the first ones."""
        if not count:
            return self
        rest = self.run.part(slice(count, None))
        if COPIED_SHARE * len(rest) < self.rows:
            return _Held.of(rest.copied())
        return _Held(rest, self.rows)


def _settle_ties(block: Block) -> None:
    """Put rows that arrive together in the order of their position; all are by arrival.

    The rows are those of several runs: they are in memory of their own.
    """
    arrival_ns, position = block.arrival_ns, block.position
    is_tie = arrival_ns[1:] == arrival_ns[:-1]
    if not (is_tie & (position[1:] < position[:-1])).any():
        return
    tied = np.flatnonzero(np.append(is_tie, False) | np.append(False, is_tie))
    order = tied[np.lexsort((position[tied], arrival_ns[tied]))]
    for column in block.kept_columns if block.is_bare else block.columns:
        column[tied] = column[order]
