"""Files whose rows were taken with those of others, before their turn: when that has passed."""

from heapq import heappop, heappush

from zreplay.ordering.files_behind import Standing


class EarlyTurns:
    """Where the files stood before such rows: their turn was when that was furthest behind."""

    def __init__(self) -> None:
        self._waiting: list[Standing] = []
        self._passed: list[int] = []

    def add(self, before: Standing) -> None:
        """Take note of rows of a file, which had been read as far as this before them."""
        heappush(self._waiting, before)

    def pass_until(self, reached: Standing | None) -> None:
        """Let turns pass, up to the file furthest behind, or, where all have ended, all."""
        while self._waiting and (reached is None or self._waiting[0] <= reached):
            self._passed.append(heappop(self._waiting)[1])

    def take(self) -> list[int]:
        """Return the files whose turns have passed, in that order; each turn is returned once."""
        passed, self._passed = self._passed, []
        return passed
