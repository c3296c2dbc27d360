"""Rejected rows, each held back until the replay has come to where it stands.

So what is rejected follows from the files and from where the replay ends (at damage, at a late
quote, at `--limit`), and never from how far a file was read ahead or where it was cut and resumed.

Rule 1: a rejected row stands at the largest timestamp above it in its file: where its file stood
when it came to that row, as the order of several files has it.
Rule 2: it is told once its file, standing there, would be the one furthest behind. Whoever reads
that file next, as the order does, has read all such rows by then.
Rule 3: rows of several files are told in the order in which they stand.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

import numpy as np

from protocol.limits import INT64_MIN
from zreplay.ordering.files_behind import Standing
from zreplay.ordering.order_cursor import Resume
from zreplay.quotes.block import Block, offset_of
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.joint_rows import JointRows
from zreplay.recordings.source_block import FilePlace, SourceBlock

MOST_HELD: Final = 65_536
"""If there are more, rows are to be taken at once, so that those before them can be told."""


class _HeldBlock(NamedTuple):
    """A block as it was read: what is to be told of it, and where the file goes on before it."""

    start: Resume
    end: FilePlace
    rejections: deque[tuple[int, Rejection]]


class HeldRejections:
    """Holds the rejections of files read from `starts` on.

    `told` takes the number of a file and a place, once all before that place was told.
    """

    def __init__(
        self,
        starts: Iterable[Resume],
        reject: Callable[[Rejection], None],
        told: Callable[[int, FilePlace], None],
    ) -> None:
        self._newest_ns = [_or_least(start.newest_ns) for start in starts]
        self._reject = reject
        self._told = told
        self._blocks: dict[int, deque[_HeldBlock]] = {}
        self._first: list[Standing] = []
        self.count = 0

    def add(
        self, number: int, source: SourceBlock, reached_ns: int, rejections: Sequence[Rejection]
    ) -> None:
        """Take the next block of a file, which had been read as far as `reached_ns` before."""
        newest_ns, block = self._newest_ns[number], source.block
        if len(block):
            self._newest_ns[number] = max(newest_ns, block.bounds.greatest_timestamp_ns)
        waiting = self._blocks.get(number)
        if waiting is None:
            if not rejections:
                self._told(number, source.end)
                return
            waiting = self._blocks[number] = deque()
        in_order = sorted(rejections, key=lambda each: each.offset)
        standing_ns = _newest_before(block, in_order, max(newest_ns, reached_ns))
        held = deque(zip(standing_ns, in_order, strict=True))
        start = Resume(source.start, None if newest_ns == INT64_MIN else newest_ns)
        if held and not any(each.rejections for each in waiting):
            heappush(self._first, (held[0][0], number))
        waiting.append(_HeldBlock(start, source.end, held))
        self.count += len(held)

    def holds_none(self, joint: JointRows) -> bool:
        """Return whether nothing is held of these files."""
        return not self._blocks or all(part.number not in self._blocks for part in joint.parts)

    def pass_over(self, joint: JointRows) -> None:
        """Take the next rows of files of which nothing is held; nothing of them is rejected."""
        newest_ns, told = self._newest_ns, self._told
        for part in joint.parts:
            number = part.number
            newest_ns[number] = max(newest_ns[number], part.bounds.greatest_timestamp_ns)
            told(number, part.end)

    def release(self, reached: Standing | None) -> None:
        """Tell what stands no further than this, None is the end of all files."""
        while self._first and (reached is None or self._first[0] <= reached):
            _, number = heappop(self._first)
            other = self._first[0] if self._first else None  # what comes next in another file
            is_next = other is not None and (reached is None or other < reached)
            self._release(number, other if is_next else reached)

    def _release(self, number: int, reached: Standing | None) -> None:
        waiting = self._blocks[number]
        place = waiting[0].start.place
        while waiting:
            held = waiting[0].rejections
            while held and (reached is None or (held[0][0], number) <= reached):
                self.count -= 1
                self._reject(held.popleft()[1])
            if held:
                heappush(self._first, (held[0][0], number))
                break
            place = waiting.popleft().end
        if not waiting:
            del self._blocks[number]
        self._told(number, place)

    def starts(self) -> Mapping[int, Resume]:
        """Return for each file of which something is held where it goes on before that."""
        return {number: waiting[0].start for number, waiting in self._blocks.items()}


def _newest_before(block: Block, rejections: Sequence[Rejection], newest_ns: int) -> Iterator[int]:
    """Return the largest timestamp above each of some rows, at least `newest_ns`."""
    if not rejections:
        return iter(())
    if not len(block):
        return iter([newest_ns] * len(rejections))
    newest = np.maximum.accumulate(np.append(newest_ns, block.timestamp_ns))
    offsets = np.array([each.offset for each in rejections], np.int64)
    return iter(newest[np.searchsorted(offset_of(block.position), offsets)].tolist())


def _or_least(newest_ns: int | None) -> int:
    return INT64_MIN if newest_ns is None else newest_ns
