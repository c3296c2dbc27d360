"""The gaps in a capture, from the thread that writes it to the one that tells of them. Pure.

Rule 1: who tells takes `offset` first, then what was written: all gaps before it are among that.
Rule 2: only so many wait. Beyond, none is handed on until `is_cut` was seen: they are read in the
        capture instead.
Rule 3: a part that was dropped unread is a gap too; whoever writes the capture puts that in it.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from zreplay.live.capture_groups import GROUP_HEAD
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.gap import Gap

MOST_WAITING: Final = 4096


class WrittenGap(NamedTuple):
    """A GAP record: the byte of the capture where it begins, and what it holds."""

    offset: int
    payload: bytes


class CapturedGaps:
    """One writes and one tells; an append to a deque, and a pop from it, is one step for both."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self.offset = 0
        """Behind the last group that was looked at."""
        self._most_waiting = most_waiting
        self._written: deque[WrittenGap] = deque()
        self._dropped: deque[Gap] = deque()
        self._is_cut = False

    def wrote(self, records: Iterable[Captured], begin: int, end: int) -> None:
        """Take a group with its head, and between which bytes of the capture it lies."""
        records = list(records)
        if any(record.kind == RecordKind.GAP for record in records):
            self._hand_on(records, begin + GROUP_HEAD.size)
        self.offset = end

    def take(self) -> list[WrittenGap]:
        """Return what was written since the last time."""
        return [self._written.popleft() for _ in range(len(self._written))]

    def was_cut(self) -> bool:
        """Tell whether there were more than may wait, once."""
        was_cut, self._is_cut = self._is_cut, False
        return was_cut

    def drop(self, gap: Gap) -> None:
        """Note that a part of the capture was dropped: that is to be written."""
        self._dropped.append(gap)

    def drops(self) -> list[Gap]:
        """Return the drops that are to be written, once."""
        return [self._dropped.popleft() for _ in range(len(self._dropped))]

    def _hand_on(self, records: list[Captured], offset: int) -> None:
        for record in records:
            if record.kind == RecordKind.GAP:
                if len(self._written) >= self._most_waiting:
                    self._is_cut = True
                if not self._is_cut:
                    self._written.append(WrittenGap(offset, record.payload))
            offset += record.size_bytes
