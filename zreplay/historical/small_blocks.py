"""How large the blocks of thousands of files are: by how long their rows are.

Each block has a cost of its own, whatever is in it, and of each file one waits for those of the
others. How many rows those are together is not known before some of each were read: until then
they are taken to be short.
"""

from collections.abc import Iterable
from typing import Final

from zreplay.historical.joint_blocks import Block
from zreplay.recordings.joint_rows import JointPart
from zreplay.recordings.recording import Parsed

SHORT_ROW_BYTES: Final = 32
"""What may wait is so many bytes of text for each row that may: most rows are longer."""

ROOM: Final = 2
"""Of the rows that may wait, a block of each file together has no more than one in so many."""

ENOUGH_BYTES: Final = 24 * 1024
"""Blocks of this size do not grow: what is read costs more than that it is a block."""


class SmallBlocks:
    """The blocks of so many files, of which `waiting_bytes` of short rows may wait.

    They begin with `block_bytes`, and are never smaller; they grow up to `enough_bytes`.
    """

    def __init__(
        self,
        waiting_bytes: int,
        file_count: int,
        block_bytes: int,
        enough_bytes: int = ENOUGH_BYTES,
    ) -> None:
        self._share_bytes = waiting_bytes // file_count
        self._enough_bytes = enough_bytes
        self._least_bytes = self.block_bytes = block_bytes
        self._row_bytes: int | None = None

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
            grown_bytes = self._share_bytes * row_bytes // (ROOM * SHORT_ROW_BYTES)
            self.block_bytes = max(self._least_bytes, min(self._enough_bytes, grown_bytes))
