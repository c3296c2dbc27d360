"""How many rows may wait: those count that would wait if each file were read at its turn.

Rows that were read with those of other files are taken early, before the turn of their file, and
count from then on. Each turn finds as many as it would otherwise, so that a run is refused, or
not, whatever was read together.
"""

from heapq import heappop, heappush

from protocol.errors import InputError
from protocol.limits import INT64_MIN
from zreplay.ordering.files_behind import Standing
from zreplay.ordering.waiting_rows import WaitingRows


class WaitingRoom:
    """Room for `most` of the rows that are `waiting`."""

    def __init__(self, waiting: WaitingRows, most: int, horizon_ns: int) -> None:
        self._waiting = waiting
        self._most = most
        self._horizon_ns = horizon_ns
        self._early_rows = 0
        self._early: list[tuple[Standing, int]] = []
        self._turns: list[int] = []
        self.full_at: Standing | None = None
        """The turn that found too many, when all that was due had come out."""

    @property
    def rows(self) -> int:
        """How many count."""
        return self._waiting.rows - self._early_rows

    @property
    def is_full(self) -> bool:
        return self.rows > self._most

    def has_room(self, count: int) -> bool:
        """Return whether so many more may be taken before their turn: no turn is full by them."""
        return self._waiting.rows + count <= self._most

    def add_early(self, before: Standing, count: int) -> None:
        """Take note of so many rows of a file, which had been read as far as this before them."""
        self._early_rows += count
        heappush(self._early, (before, count))

    def pass_turns(self, reached: Standing | None) -> None:
        """Let the turns pass of files whose rows are early, up to the file furthest behind.

        That has been read as far as `reached`; None is the end of all.
        """
        # As far as that is the same file, which its early rows have not moved.
        while self._early and (reached is None or self._early[0][0] <= reached):
            turn = self._early[0][0]
            if self._is_full_at(turn):
                self.full_at = turn
                return
            self._early_rows -= heappop(self._early)[1]
            self._turns.append(turn[1])

    def take_turns(self) -> list[int]:
        """Return the files whose turns have passed, in that order; each turn is returned once."""
        turns, self._turns = self._turns, []
        return turns

    def mark_ns(self, turn: Standing) -> int:
        """Return the time below which all is due at a turn."""
        return max(turn[0] - self._horizon_ns, INT64_MIN)

    def check(self, name: str) -> None:
        """Raise InputError, at the turn of the file of this name, if it is full."""
        if self.is_full:
            raise InputError(
                f"{name}: {self.rows} quotes wait for their turn, "
                f"more than --max-buffer {self._most}",
                fix="a shorter --reorder, or a larger --max-buffer (100 bytes of memory per quote)",
                code="Z404",
            )

    def _is_full_at(self, turn: Standing) -> bool:
        return (
            self.is_full and self.rows - self._waiting.count_below(self.mark_ns(turn)) > self._most
        )
