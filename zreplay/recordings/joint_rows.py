"""Rows of several files that were read as one, and what is known of those of each.

Of thousands of files each block is small, and what is paid for a block is then more than what is
paid for its rows. Where there is nothing but rows in them, they go together as far as they can.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from zreplay.quotes.block import Block, TimeBounds
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace


class FilePart(msgspec.Struct, gc=False):
    """The rows of a file, between two places of it: `count` of the joint ones from `first` on.

    `newest` and `last_position` are those of the `newest_row` and the `last_row` of its bounds.
    If they are the last, nothing follows; else more may.
    """

    number: int
    first: int
    count: int
    bounds: TimeBounds
    start: FilePlace
    end: FilePlace
    newest: FilePlace
    last_position: int
    first_timestamp_ns: int
    first_arrival_ns: int
    is_last: bool

    def of(self, block: Block) -> Block:
        """Return its rows of the joint ones."""
        rows = block.take(slice(self.first, self.first + self.count))
        rows.know_bounds(self.bounds)
        return rows


class JointRows(NamedTuple):
    """One row or more of each file, by the number of the file and then in its order."""

    block: Block
    parts: list[FilePart]


class JointReading(Protocol):
    """What was read of several files at once."""

    def parsed(self, at: int) -> Parsed:
        """Return what was read of one of them, as that gives it alone."""
        ...

    def rows(self) -> JointRows | None:
        """Return the rows of all; None where there is something else, or one has none."""
        ...


class JointPart(msgspec.Struct, frozen=True, gc=False):
    """What was read of the file that is `at` this place among others: so many rows."""

    reading: JointReading
    at: int
    row_count: int
    byte_count: int

    def parsed(self) -> Parsed:
        """Return it as the file gives it alone."""
        return self.reading.parsed(self.at)


class GroupReading(Protocol):
    """The reading of what comes next in several files, none of which is read meanwhile."""

    def run(self) -> None:
        """Do it; any thread may, once."""
        ...

    def given(self) -> list[Parsed | JointPart | None]:
        """Return what was read of each file; None of those that are to be read by themselves.

        The files go on behind it. Where `run` has failed, that is all of them.
        """
        ...


class NothingTogether:
    """Reads none of so many files together."""

    def __init__(self, asked: Sequence[object]) -> None:
        self._count = len(asked)

    def run(self) -> None: ...

    def given(self) -> list[Parsed | JointPart | None]:
        return [None] * self._count
