"""What a file yields at once: quotes in file order, and where in the file they are."""

from bisect import bisect_left
from typing import Final, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from zreplay.quotes.block import Block, Int64s, offset_of


class FilePlace(msgspec.Struct, frozen=True, gc=False):
    """A place from which reading of a file can continue.

    `offset` is a byte, the start of a row, or the number of a row, from 0; `line` counts from
    1, None if there is none or it is not known. `accepted_ns` is the largest timestamp before it
    that was not a stray, None if there is none.
    """

    offset: int
    line: int | None
    accepted_ns: int | None = None


class RowNotes(NamedTuple):
    """What else there was among some rows.

    `left_out` lines do not count, as their format says. Of so many rows the clocks of the zone
    skipped the time, or showed it twice.
    """

    left_out: int = 0
    skipped_times: int = 0
    repeated_times: int = 0

    def plus(self, other: "RowNotes") -> "RowNotes":
        return RowNotes(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def minus(self, other: "RowNotes") -> "RowNotes":
        return RowNotes(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


NO_NOTES: Final = RowNotes()


class SourceBlock(NamedTuple):
    """The quotes between two places of a file, in file order; there may be none.

    `row_offsets` has the byte of every line between the places that is not blank, refused
    ones included, and `row_numbers` how many lines after `start` it is. A line may hold several
    quotes: that of a capture is a group of messages. `unit` is what an offset counts, where it
    does not count bytes. `notes` are counts that nothing depends on.
    """

    block: Block
    start: FilePlace
    end: FilePlace
    row_offsets: Int64s
    row_numbers: Int64s
    unit: str = "byte"
    notes: RowNotes = NO_NOTES

    def line_at(self, offset: int) -> int | None:
        """Return the line that begins at this byte, None if lines are not known."""
        if self.start.line is None:
            return None
        # One is looked for, which numpy would let other threads run for.
        row = bisect_left(memoryview(self.row_offsets), offset)
        return self.start.line + int(self.row_numbers[row])

    def split(self, row: int) -> tuple["SourceBlock", "SourceBlock"]:
        """Return what is before the line of a quote, and what is from its start on."""
        offset = offset_of(int(self.block.position[row]))
        line = int(np.searchsorted(self.row_offsets, offset, side="right")) - 1
        place = FilePlace(int(self.row_offsets[line]), None)
        if self.start.line is not None:
            place = replace(place, line=self.start.line + int(self.row_numbers[line]))
        first = int(np.searchsorted(offset_of(self.block.position), place.offset))
        before = self._replace(block=self.block.take(slice(0, first)), end=place)
        behind = self._replace(
            block=self.block.take(slice(first, None)),
            start=place,
            row_offsets=self.row_offsets[line:],
            row_numbers=self.row_numbers[line:] - self.row_numbers[line],
            notes=NO_NOTES,
        )
        return before, behind
