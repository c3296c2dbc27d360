"""How far the capture is committed, and what of it nobody can need any more. Pure.

Rule 1: a batch that was sent is committed once an acknowledgement goes as far as its end.
Rule 2: the sink may step back to any of its last COMMITS_KEPT commits. An acknowledgement that
        goes beyond all before stands for one at least, so what the oldest of the last COMMITS_KEPT
        such acknowledgements needs is still needed, and nothing before that.
"""

from collections import deque
from typing import NamedTuple

from protocol.messages import COMMITS_KEPT


class Sent(NamedTuple):
    """A live batch: the record behind it, what its cursor needs of the capture, its last quote.

    `needed` is an offset of the capture, `position` that behind its last quote, which came at
    `arrival_ns`.
    """

    end: int
    needed: int
    position: int
    arrival_ns: int


class CommittedPlaces:
    """The live batches of one epoch, from the first that may still be needed on."""

    def __init__(self, position: int) -> None:
        self.last = Sent(0, 0, position, 0)
        """The last one that is committed; at first where the epoch began, as far as it is known."""
        self._in_flight: deque[Sent] = deque()
        self._kept: deque[Sent] = deque([self.last])
        self._acknowledged: deque[int] = deque(maxlen=COMMITS_KEPT)

    def sent(self, batch: Sent) -> None:
        """Note that a batch has left."""
        self._in_flight.append(batch)

    def acknowledged(self, next_record: int) -> int:
        """Take what the sink has; return the offset before which nothing is needed any more."""
        while self._in_flight and self._in_flight[0].end <= next_record:
            self.last = self._in_flight.popleft()
            self._kept.append(self.last)
        if not self._acknowledged or self._acknowledged[-1] < next_record:
            self._acknowledged.append(next_record)
        if len(self._acknowledged) < COMMITS_KEPT:
            return 0
        oldest = self._acknowledged[0]
        while len(self._kept) > 1 and self._kept[1].end <= oldest:
            self._kept.popleft()
        return self._kept[0].needed
