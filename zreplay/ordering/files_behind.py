"""Files by how far each was read: which of them is behind all others, and which come after it."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Final

Standing = tuple[int, int]
"""How far a file was read, in ns, and its number: the least of all is read next."""

_ENDED: Final = None


class FilesBehind:
    """The files that have not ended, which begin at `reached_ns` in the order of their numbers."""

    def __init__(self, reached_ns: Sequence[int]) -> None:
        self._reached_ns: list[int | None] = list(reached_ns)
        # Outdated entries are skipped.
        self._heap = [(each_ns, number) for number, each_ns in enumerate(reached_ns)]
        heapify(self._heap)

    def move(self, number: int, reached_ns: int) -> None:
        """Record how far a file was read, which has not ended."""
        if self._reached_ns[number] != reached_ns:
            self._reached_ns[number] = reached_ns
            heappush(self._heap, (reached_ns, number))

    def end(self, number: int) -> None:
        """Record that a file is read no further."""
        self._reached_ns[number] = _ENDED

    @property
    def last(self) -> Standing | None:
        """The file furthest behind; None when all have ended."""
        heap, reached_ns = self._heap, self._reached_ns
        while heap:
            entry = heap[0]
            if reached_ns[entry[1]] == entry[0]:
                return entry
            heappop(heap)
        return None

    def nearest(self, most: int) -> list[int]:
        """Return the numbers of so many files that are furthest behind, the last one first."""
        heap, reached_ns = self._heap, self._reached_ns
        found: dict[int, Standing] = {}
        while heap and len(found) < most:
            entry = heappop(heap)
            if reached_ns[entry[1]] == entry[0]:
                found[entry[1]] = entry
        for entry in found.values():
            heappush(heap, entry)
        return list(found)
