"""A set of offsets in a file: 8 bytes each, quick to add to in any order.

One sorted array would be as small, but after a seek back each new offset would move all known
ones behind it.
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
        index = bisect_left(chunk, offset)
        if index < len(chunk) and chunk[index] == offset:
            return False
        chunk.insert(index, offset)
        if len(chunk) > MOST_IN_CHUNK:
            middle = len(chunk) // 2
            self._chunks[number : number + 1] = [chunk[:middle], chunk[middle:]]
            self._firsts.insert(number, chunk[middle])
        return True
