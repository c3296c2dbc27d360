"""What a file gives at once: quotes in file order, and where in the file they stand."""

from typing import NamedTuple

import numpy as np

from zreplay.block import Block, Int64s


class FilePlace(NamedTuple):
    """A place from which a file can be read on.

    `offset` is a byte, the beginning of a row, or the number of a row, from 0; `line` counts
    from 1, None if there is none or it is not known.
    """

    offset: int
    line: int | None


class SourceBlock(NamedTuple):
    """The quotes between two places of a file, in file order; there may be none.

    `row_offsets` has the byte of every line between the places that is not blank, refused
    ones included, and `row_numbers` how many lines after `start` it is. `unit` is what an offset
    counts, where it does not count bytes.
    """

    block: Block
    start: FilePlace
    end: FilePlace
    row_offsets: Int64s
    row_numbers: Int64s
    unit: str = "byte"

    def line_at(self, offset: int) -> int | None:
        """Return the line that begins at this byte, None if lines are not known."""
        if self.start.line is None:
            return None
        row = int(np.searchsorted(self.row_offsets, offset))
        return self.start.line + int(self.row_numbers[row])
