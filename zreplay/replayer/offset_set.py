"""Which places of a file are known: 8 bytes each, quick to add to in any order.

A sorted array alone would be as small, but after a seek back each new place would move all
the known ones behind it.
"""

from array import array
from bisect import bisect_left, bisect_right
from typing import Final

MOST_IN_CHUNK: Final = 4096


class OffsetSet:
    """Offsets of 64 bits in sorted chunks, each below the next; a full one is halved."""

    def __init__(self) -> None:
        self._chunks = [array("q")]
        self._firsts: list[int] = []
        """The first offset of each chunk but the first one."""

    def add(self, offset: int) -> bool:
        """Take an offset; False if it is there already."""
        number = bisect_right(self._firsts, offset)
        chunk = self._chunks[number]
        place = bisect_left(chunk, offset)
        if place < len(chunk) and chunk[place] == offset:
            return False
        chunk.insert(place, offset)
        if len(chunk) > MOST_IN_CHUNK:
            middle = len(chunk) // 2
            self._chunks[number : number + 1] = [chunk[:middle], chunk[middle:]]
            self._firsts.insert(number, chunk[middle])
        return True
