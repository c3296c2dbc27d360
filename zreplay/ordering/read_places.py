"""Where each file goes on behind the last quote that was taken, for as many files as there are.

What is paid for a block is its own place; all places are gathered when they are asked for.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from zreplay.ordering.order_cursor import Key, Resume


class _Begun(NamedTuple):
    """A block with quotes that wait: where it begins, and the last of them to leave."""

    place: Resume
    last_key: Key


class ReadPlaces:
    """The places of all files, which begin at `starts`."""

    def __init__(self, starts: Sequence[Resume]) -> None:
        self._ends = list(starts)
        self._begun: dict[int, deque[_Begun]] = {}
        self._last_keys: list[tuple[Key, int]] = []

    def read(self, number: int, start: Resume, end: Resume, last_key: Key | None) -> None:
        """Record that a file was read from one place to another.

        `last_key` is that of the last quote to be sent of what was read, None if there is none.
        """
        self._ends[number] = end
        if last_key is None:
            return
        begun = self._begun.setdefault(number, deque())
        if not begun or last_key > begun[-1].last_key:
            begun.append(_Begun(start, last_key))
            heappush(self._last_keys, (last_key, number))

    def taken(self, last_key: Key) -> None:
        """Record that all quotes up to this key were taken."""
        while self._last_keys and self._last_keys[0][0] <= last_key:
            _, number = heappop(self._last_keys)
            begun = self._begun[number]
            begun.popleft()
            if not begun:
                del self._begun[number]

    def files(self) -> list[Resume]:
        """Return for each file the place before which no quote waits."""
        places = list(self._ends)
        for number, begun in self._begun.items():
            places[number] = begun[0].place
        return places
