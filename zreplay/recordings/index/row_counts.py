"""The indexes of some files -> how many of their rows arrive before an instant. Pure.

Right where an entry of an index stands, and a straight line between two of them: as far off as
the rows of one stretch, and as a file is out of order.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from zreplay.recordings.index.entries import FileIndex

MAX_POINTS: Final = 262_144
"""Of all files; where there are more, each file gives fewer."""


class RowCounts:
    """Rows by arrival, of files that were read to their end."""

    def __init__(self, indexes: Sequence[FileIndex], max_points: int = MAX_POINTS) -> None:
        wholes = [index.whole for index in indexes if index.whole and index.whole.rows]
        self.rows = sum(whole.rows for whole in wholes)
        self.first_ns = min((whole.least_arrival_ns for whole in wholes), default=0)
        self.last_ns = max((whole.greatest_arrival_ns for whole in wholes), default=0)
        step = -(-sum(len(index.entries) for index in indexes) // max_points) or 1
        stretches = [stretch for index in indexes for stretch in _stretches(index, step)]
        table = np.array(stretches or [(0, 1, 0)], dtype=np.int64)
        begins_ns, ends_ns = table[:, 0] - self.first_ns, table[:, 1] - self.first_ns
        per_ns = table[:, 2] / (ends_ns - begins_ns)
        turns_ns = np.concatenate((begins_ns, ends_ns))
        order = np.argsort(turns_ns, kind="stable")
        self._turns_ns = turns_ns[order]
        slopes = np.cumsum(np.concatenate((per_ns, -per_ns))[order])
        passed = np.cumsum(slopes[:-1] * np.diff(self._turns_ns))
        # Sums of floats may fall by a rounding where nothing arrives.
        self._passed = np.maximum.accumulate(np.clip(np.concatenate(([0.0], passed)), 0, self.rows))

    def before(self, arrival_ns: int) -> float:
        """Return how many rows arrive before an instant."""
        if arrival_ns > self.last_ns:
            return float(self.rows)
        return float(np.interp(arrival_ns - self.first_ns, self._turns_ns, self._passed))


def _stretches(index: FileIndex, step: int) -> list[tuple[int, int, int]]:
    """Return (begin, end, rows) of each stretch of a file, every end behind its begin."""
    if index.whole is None or not index.whole.rows:
        return []
    stretches = []
    begin_ns, rows = index.whole.least_arrival_ns, 0
    for before in (*(entry.before for entry in index.entries[step - 1 :: step]), index.whole):
        end_ns = max(before.greatest_arrival_ns, begin_ns)
        # So many arrive up to and with the end.
        stretches.append((begin_ns, end_ns + 1, before.rows - rows))
        begin_ns, rows = end_ns, before.rows
    return stretches
