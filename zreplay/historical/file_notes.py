"""What a reading of files comes by that is neither a quote nor a rejection: pure counts.

They begin with the reading: what an earlier process read of a resumed run is not in them.
"""

from typing import Final

import numpy as np

from zreplay.quotes.block import Block
from zreplay.recordings.source_block import NO_NOTES, RowNotes, SourceBlock

_EARLIEST_NS: Final = int(np.datetime64("1990-01-01", "ns").astype(np.int64))
_LATEST_NS: Final = int(np.datetime64("2100-01-01", "ns").astype(np.int64))


class FileNotes:
    """Counts by file number, and the first time that is hardly one of a market."""

    def __init__(self) -> None:
        self.far_ns: int | None = None
        self._of: dict[int, RowNotes] = {}

    def add(self, number: int, source: SourceBlock) -> bool:
        """Take note of the next rows of a file; True if the first far time is among them."""
        if source.notes != NO_NOTES:
            self._of[number] = self.of(number).plus(source.notes)
        if self.far_ns is not None or not len(source.block):
            return False
        bounds = source.block.bounds
        self.far_ns = far_time_ns(bounds.least_timestamp_ns, bounds.greatest_timestamp_ns)
        return self.far_ns is not None

    def has_far_time(self, block: Block) -> bool:
        """Return whether `add` would have something to say of rows, which have no notes."""
        bounds = block.bounds
        times_ns = bounds.least_timestamp_ns, bounds.greatest_timestamp_ns
        return self.far_ns is None and far_time_ns(*times_ns) is not None

    def of(self, number: int) -> RowNotes:
        """Return the counts of one file."""
        return self._of.get(number, NO_NOTES)

    @property
    def total(self) -> RowNotes:
        """The counts of all files together."""
        total = NO_NOTES
        for notes in self._of.values():
            total = total.plus(notes)
        return total


def far_time_ns(first_ns: int, last_ns: int) -> int | None:
    """Return the one of two times that is before 1990 or after 2100, None if neither is."""
    if first_ns < _EARLIEST_NS:
        return first_ns
    return last_ns if last_ns >= _LATEST_NS else None
