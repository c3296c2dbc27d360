"""The blocks that are begun while one file alone is behind others: its own, and of the next."""

from collections import deque
from typing import Final

from zreplay.historical.expected_ends import Cut, is_end

MOST_BEGUN: Final = 3
"""One is cut while others are parsed."""

CUT_AHEAD: Final = 2
"""So many of these wait to be cut: whether a file has ended, and another goes on, is known then."""


class BegunBlocks:
    """Which they are, and how large those of each file are, in its order."""

    def __init__(self) -> None:
        self._cuts: list[Cut] = []
        self._bytes: dict[int, deque[int]] = {}

    def add(self, number: int, cut: Cut, block_bytes: int) -> None:
        """Take note of the next block of a file, about so large, that is begun."""
        self._cuts.append(cut)
        self._bytes.setdefault(number, deque()).append(block_bytes)

    def has_room(self) -> bool:
        """Return whether another one may be begun; the ends of files take no room."""
        cuts = self._cuts = [cut for cut in self._cuts if not is_end(cut)]
        return len(cuts) < MOST_BEGUN and sum(not cut.done() for cut in cuts) < CUT_AHEAD

    def take(self, number: int, cut: Cut) -> int:
        """Let go of the first of a file, which this is; return about how large it is."""
        self._leave(cut)
        begun_bytes = self._bytes[number]
        taken_bytes = begun_bytes.popleft()
        if not begun_bytes:
            del self._bytes[number]
        return taken_bytes

    def forget(self, number: int, cuts: deque[Cut]) -> None:
        """Let go of all of a file, which these are."""
        for cut in cuts:
            self._leave(cut)
        self._bytes.pop(number, None)

    def _leave(self, cut: Cut) -> None:
        if cut in self._cuts:
            self._cuts.remove(cut)
