"""What is before some places of a recording, collected as it is read in file order.

Rule 1: an entry describes all rows before its place, never a sample of them: timestamps and
arrivals need not be sorted.
Rule 2: it describes the rows as a run has them: without strays, with the modelled latency. A
reading with other options has another index.
Rule 3: what is not contiguous from the start of the file is not collected.
"""

from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.quotes.block import Block, TimeBounds
from zreplay.recordings.joint_rows import FilePart
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace

LEAST_ROWS: Final = 128
"""Entries are so many rows apart at least, and no further than a block that is read at once."""

MAX_ENTRIES: Final = 65_536
"""If there are more, every second one is dropped: from there on they are twice as far apart."""

BEGINNING: Final = FilePlace(0, 1)


class Prefix(msgspec.Struct, frozen=True, gc=False):
    """Everything before a place: how many rows, how many refused, and their times in ns.

    `behind_ns` is the most by which a row arrives before the timestamp of an earlier row, 0 if
    none does. Without rows the least arrival is INT64_MAX, the other times are INT64_MIN.
    """

    place: FilePlace = BEGINNING
    rows: int = 0
    refused: int = 0
    least_arrival_ns: int = INT64_MAX
    greatest_arrival_ns: int = INT64_MIN
    newest_ns: int = INT64_MIN
    behind_ns: int = 0

    def after(self, rows: "IndexedRows") -> "Prefix":
        """Return what is before the end of the next rows."""
        refused, bounds = self.refused + rows.refused, rows.bounds
        if bounds is None:
            return replace(self, place=rows.end, refused=refused)
        newest_ns, behind_ns = self.newest_ns, self.behind_ns
        # Most files are in order by one of them, and no latency is negative.
        if not bounds.are_in_order or bounds.least_arrival_ns < newest_ns:
            behind_ns = max(behind_ns, _behind_ns(rows.block(), newest_ns))
        return Prefix(
            rows.end,
            self.rows + rows.row_count,
            refused,
            min(self.least_arrival_ns, bounds.least_arrival_ns),
            max(self.greatest_arrival_ns, bounds.greatest_arrival_ns),
            max(newest_ns, bounds.greatest_timestamp_ns),
            behind_ns,
        )


class FirstRow(msgspec.Struct, frozen=True, gc=False):
    """The first row that counts from a place on: it shows whether an entry is of this file."""

    timestamp_ns: int
    arrival_ns: int

    @classmethod
    def of(cls, block: Block) -> "FirstRow | None":
        """Return the first row of a block, None if it has none."""
        if not len(block):
            return None
        return cls(int(block.timestamp_ns[0]), int(block.arrival_ns[0]))


NO_ROW: Final = FirstRow(0, 0)
"""What stands where there is no row to be compared."""


class IndexedRows(msgspec.Struct, frozen=True, gc=False):
    """What an index takes note of in a stretch of a file; `bounds` is None without rows.

    `first` is its first row; `block` gives its rows where they have to be looked at.
    """

    start_offset: int
    end: FilePlace
    row_count: int
    refused: int
    bounds: TimeBounds | None
    first: FirstRow
    block: Callable[[], Block]

    @classmethod
    def of(cls, parsed: Parsed) -> "IndexedRows":
        """Return those of a stretch that was read by itself."""
        block, start, end = parsed.source.block, parsed.source.start, parsed.source.end
        bounds = block.bounds if len(block) else None
        first = FirstRow.of(block) or NO_ROW
        refused = len(parsed.rejections)
        return cls(start.offset, end, len(block), refused, bounds, first, lambda: block)

    @classmethod
    def of_part(cls, part: FilePart, block: Block) -> "IndexedRows":
        """Return those of a file that are a part of joint ones."""
        first = FirstRow(part.first_timestamp_ns, part.first_arrival_ns)
        rows = partial(part.of, block)
        return cls(part.start.offset, part.end, part.count, 0, part.bounds, first, rows)


class IndexEntry(msgspec.Struct, frozen=True, gc=False):
    """A place between two rows."""

    before: Prefix
    row: FirstRow


class FileIndex:
    """The entries of a file in its order, and `whole`: all of it, once it has been read."""

    def __init__(
        self, entries: list[IndexEntry] | None = None, whole: Prefix | None = None
    ) -> None:
        self.entries = entries or []
        self.whole = whole
        self._least_rows = LEAST_ROWS

    def copy(self) -> "FileIndex":
        """Return it as it is now, whatever is added to this one."""
        return FileIndex([*self.entries], self.whole)

    def last_before(
        self,
        arrival_ns: int,
        most_behind_ns: int = INT64_MAX,
        most_refused: int = INT64_MAX,
        most_offset: int = INT64_MAX,
    ) -> IndexEntry | None:
        """Return the last entry before which no row arrives at an instant or later.

        Nor is one there that arrives more than `most_behind_ns` before a timestamp above it,
        nor are there more refused ones than so many. It lies no further than `most_offset`.
        """
        # Each of these only grows from entry to entry.
        end = bisect_left(
            self.entries,
            True,
            key=lambda entry: (
                entry.before.greatest_arrival_ns >= arrival_ns
                or entry.before.behind_ns > most_behind_ns
                or entry.before.refused > most_refused
                or entry.before.place.offset > most_offset
            ),
        )
        return self.entries[end - 1] if end else None

    def covers(self, arrival_ns: int) -> bool:
        """Return whether it is known in which stretch between entries this instant is reached."""
        last = self.entries[-1].before.greatest_arrival_ns if self.entries else INT64_MIN
        return self.whole is not None or last >= arrival_ns

    def at(self, place: FilePlace) -> Prefix | None:
        """Return what is before a place, if it has an entry."""
        if not place.offset:
            return Prefix()
        number = bisect_left(
            self.entries, place.offset, key=lambda entry: entry.before.place.offset
        )
        found = self.entries[number].before if number < len(self.entries) else None
        return found if found is not None and found.place.offset == place.offset else None

    def is_far_enough(self, before: Prefix) -> bool:
        """Return whether enough rows are between this and the last entry."""
        last_rows = self.entries[-1].before.rows if self.entries else 0
        return before.rows >= last_rows + self._least_rows

    def add(self, entry: IndexEntry) -> None:
        """Add an entry if it is far enough after the last one."""
        if not self.is_far_enough(entry.before):
            return
        self.entries.append(entry)
        if len(self.entries) > MAX_ENTRIES:
            del self.entries[1::2]
            self._least_rows *= 2


class IndexBuilder:
    """Adds to an index what a reading from `start` on finds."""

    def __init__(self, index: FileIndex, start: Prefix) -> None:
        self._index = index
        self._before = start
        self._is_contiguous = True

    @property
    def rows(self) -> int:
        """How many rows stand before where it is."""
        return self._before.rows

    def add(self, rows: IndexedRows) -> None:
        """Take the next stretch of the file."""
        before = self._before
        if before.place.offset not in (0, rows.start_offset):
            self._is_contiguous = False
        if not self._is_contiguous:
            return
        if before.rows and rows.row_count and self._index.is_far_enough(before):
            self._index.add(IndexEntry(before, rows.first))
        self._before = before.after(rows)

    def end(self) -> None:
        """Record that nothing follows."""
        if self._is_contiguous:
            self._index.whole = self._before


def _behind_ns(block: Block, newest_ns: int) -> int:
    """Return the most by which a row arrives before a timestamp above it, `newest_ns` or theirs."""
    stamps, arrivals = block.timestamp_ns, block.arrival_ns
    before_ns = np.empty_like(stamps)
    before_ns[0] = newest_ns
    before_ns[1:] = stamps[:-1]
    np.maximum.accumulate(before_ns, out=before_ns)
    is_behind = arrivals < before_ns
    if not is_behind.any():
        return 0
    # As unsigned integers they cannot wrap around.
    apart_ns = (before_ns.view(np.uint64) - arrivals.view(np.uint64))[is_behind]
    return min(int(apart_ns.max()), INT64_MAX)
