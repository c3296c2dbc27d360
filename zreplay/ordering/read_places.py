"""Where each file goes on behind the last quote that was taken, for as many files as there are.

What is paid for a block is its own place; all places are gathered when they are asked for.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from protocol.limits import INT64_MIN
from zreplay.ordering.order_cursor import Key, Resume

BEFORE_ALL: Final = INT64_MIN, -1
"""The key of no quote."""


class _Begun(msgspec.Struct, frozen=True, gc=False):
    """A block with quotes that wait: where it begins, and the last of them to leave."""

    place: Resume
    last_key: Key


class ReadPlaces:
    """The places of all files, which begin at `starts`."""

    def __init__(self, starts: Sequence[Resume]) -> None:
        self._ends = list(starts)
        self._begun: dict[int, deque[_Begun]] = {}
        self._taken = BEFORE_ALL

    def read(self, number: int, start: Resume, end: Resume, last_key: Key | None) -> None:
        """Record that a file was read from one place to another.

        `last_key` is that of the last quote to be sent of what was read, None if there is none.
        """
        self._ends[number] = end
        if last_key is None:
            return
        begun = self._begun.get(number)
        if begun is None:
            self._begun[number] = deque([_Begun(start, last_key)])
            return
        self._forget_taken(begun)
        if not begun or last_key > begun[-1].last_key:
            begun.append(_Begun(start, last_key))

    def taken(self, last_key: Key) -> None:
        """Record that all quotes up to this key, no lower than the last one, were taken."""
        self._taken = last_key

    def files(self) -> list[Resume]:
        """Return for each file the place before which no quote waits."""
        places = list(self._ends)
        for number, begun in [*self._begun.items()]:
            self._forget_taken(begun)
            if begun:
                places[number] = begun[0].place
            else:
                del self._begun[number]
        return places

    def _forget_taken(self, begun: deque[_Begun]) -> None:
        # When its file is looked at: thousands of others need not be kept in order.
        while begun and begun[0].last_key <= self._taken:
            begun.popleft()
