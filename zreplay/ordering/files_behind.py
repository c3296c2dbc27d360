"""Files by how far each was read: which of them is behind all others, and which come after it.

The next ones are asked for again and again: those that were stay in order, apart from the others.
"""

from bisect import bisect_left
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Final

Standing = tuple[int, int]
"""How far a file was read, in ns, and its number: the least of all is read next."""

MOST_NEAR: Final = 1024
"""So many stay in order, or twice as many as are asked for: to put one among them moves others."""

_ENDED: Final = None


class FilesBehind:
    """The files that have not ended, which begin at `reached_ns` in the order of their numbers."""

    def __init__(self, reached_ns: Sequence[int], most_near: int = MOST_NEAR) -> None:
        self._most_near = most_near
        self._reached_ns: list[int | None] = list(reached_ns)
        # Outdated entries are skipped, here and there.
        self._heap = [(each_ns, number) for number, each_ns in enumerate(reached_ns)]
        heapify(self._heap)
        self._near: list[Standing] = []
        """Those furthest behind, in order: none of the heap comes before the last of them."""

    def move(self, number: int, reached_ns: int) -> None:
        """Record how far a file was read, which has not ended."""
        if self._reached_ns[number] == reached_ns:
            return
        self._reached_ns[number] = reached_ns
        entry, near = (reached_ns, number), self._near
        if not near or entry > near[-1]:
            heappush(self._heap, entry)
        elif near[at := bisect_left(near, entry)] != entry:  # it may have been there before
            near.insert(at, entry)

    def end(self, number: int) -> None:
        """Record that a file is read no further."""
        self._reached_ns[number] = _ENDED

    @property
    def last(self) -> Standing | None:
        """The file furthest behind; None when all have ended."""
        near, heap, reached_ns = self._near, self._heap, self._reached_ns
        while near:
            entry = near[0]
            if reached_ns[entry[1]] == entry[0]:
                return entry
            del near[0]
        while heap:
            entry = heap[0]
            if reached_ns[entry[1]] == entry[0]:
                return entry
            heappop(heap)
        return None

    def nearest(self, most: int) -> list[int]:
        """Return the numbers of so many files that are furthest behind, the last one first."""
        if most < 2:
            return [] if not most or (last := self.last) is None else [last[1]]
        heap, near, reached_ns = self._heap, self._near, self._reached_ns
        current = (entry for entry in near if reached_ns[entry[1]] == entry[0])
        found = [*islice(current, most)]
        # What is outdated among them is left out; behind them nobody has looked.
        behind = bisect_left(near, found[-1]) + 1 if len(found) == most else len(near)
        near[:behind] = found
        while heap and len(near) < most:
            entry = heappop(heap)
            if reached_ns[entry[1]] == entry[0] and not (near and near[-1] == entry):
                near.append(entry)
        if len(near) > max(self._most_near, 2 * most):
            for entry in near[most:]:
                heappush(heap, entry)
            del near[most:]
        return [number for _, number in near[:most]]
