"""How many distinct times there are in a recording that is more or less in order.

Only the newest times are held. Once some have been dropped, a time older than all of those held
may have occurred before: it is counted again, and the count is then an upper bound.
"""

from typing import Final

import numpy as np

from zreplay.inspection.report import Distinct
from zreplay.quotes.block import Int64s

MAX_HELD: Final = 262_144


class DistinctTimes:
    """Counts distinct values; holds at most `max_held` of them between two calls."""

    def __init__(self, max_held: int = MAX_HELD) -> None:
        self._max_held = max_held
        self._held: Int64s = np.array([], dtype=np.int64)  # ascending, each once
        self._let_go = 0
        self._let_go_up_to: int | None = None
        self._is_exact = True

    def add(self, times_ns: Int64s) -> None:
        """Count some times, at least one, in any order."""
        # Neighbours are often equal, and there is less to sort without them.
        is_first = np.append(True, times_ns[1:] != times_ns[:-1])
        new = np.unique(times_ns[is_first])
        if self._let_go_up_to is not None and new[0] <= self._let_go_up_to:
            self._is_exact = False
        # Only those held from the first new one on can be equal to one of them.
        index = int(np.searchsorted(self._held, new[0]))
        self._held = np.concatenate((self._held[:index], np.union1d(self._held[index:], new)))
        excess = len(self._held) - self._max_held
        if excess > 0:
            # Half of them, so that it is rarely done.
            excess += self._max_held // 2
            self._let_go += excess
            self._let_go_up_to = int(self._held[excess - 1])
            self._held = self._held[excess:].copy()

    def report(self) -> Distinct:
        return Distinct(self._let_go + len(self._held), self._is_exact)
