"""How large the blocks of many files are: by how large each file is, and how long their rows are.

Each block has a cost of its own, whatever is in it, and of each file one waits for those of the
others. How many rows those are together is not known before some of each were read: until then
they are taken to be short. Files that are read in turn mostly are of the same time: of one that
is ten times as large as another a block is, or it is asked for ten times as often.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from zreplay.historical.joint_blocks import Block
from zreplay.recordings.joint_rows import JointPart
from zreplay.recordings.recording import Parsed

SHORT_ROW_BYTES: Final = 32
"""What may wait is so many bytes of text for each row that may: most rows are longer."""

ENOUGH_BYTES: Final = 32 * 1024
"""Blocks of this size do not grow: what is read costs more than that it is a block."""

EVEN_SHARE: Final = 0.25
"""Of this part of what may wait each file has as much as the others, however small it is."""

MOST_BLOCK_BYTES: Final = 1024 * 1024
"""Of one of several files no block is larger, however large the file."""


class SmallBlocks:
    """The blocks of many files, of each of which `share_bytes` of short rows may wait.

    They begin with `block_bytes` in the mean, and are never smaller; they grow up to
    `enough_bytes`. Where `sizes_bytes` of the files is given, those of each are in proportion.
    """

    def __init__(
        self,
        share_bytes: int,
        block_bytes: int,
        enough_bytes: int = ENOUGH_BYTES,
        sizes_bytes: Sequence[int] = (),
    ) -> None:
        self._weights = _weights_of(sizes_bytes)
        self._share_bytes = share_bytes
        self._enough_bytes = enough_bytes
        self._least_bytes = self.block_bytes = block_bytes
        self._row_bytes: int | None = None

    def of(self, number: int) -> int:
        """Return how large a block of a file is now."""
        if self._weights is None:
            return self.block_bytes
        return max(1, min(int(self.block_bytes * self._weights[number]), MOST_BLOCK_BYTES))

    def block_bytes_after(self, given: Iterable[Block]) -> int:
        """Return how large the blocks are behind these, whose rows are so long."""
        if self._least_bytes < self._enough_bytes:
            for block in given:
                if isinstance(block, JointPart):
                    self._add(block.row_count, block.byte_count)
                elif isinstance(block, Parsed):
                    source = block.source
                    self._add(len(source.block), source.end.offset - source.start.offset)
        return self.block_bytes

    def _add(self, rows: int, size_bytes: int) -> None:
        """Take note of how long some rows are."""
        if not rows:
            return
        row_bytes = size_bytes // rows
        if self._row_bytes is None or row_bytes < self._row_bytes:
            self._row_bytes = row_bytes
            grown_bytes = self._share_bytes * row_bytes // SHORT_ROW_BYTES
            self.block_bytes = max(self._least_bytes, min(self._enough_bytes, grown_bytes))


def _weights_of(sizes_bytes: Sequence[int]) -> list[float] | None:
    """Return of each file its part of what may wait, 1 in the mean; None if all are even."""
    mean_bytes = sum(sizes_bytes) / max(1, len(sizes_bytes))
    if not mean_bytes:
        return None
    return [EVEN_SHARE + (1 - EVEN_SHARE) * each / mean_bytes for each in sizes_bytes]
