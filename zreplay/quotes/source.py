"""The replay interface: a source yields pieces, each a block and its cursors.

The loop does not know which kind of source it has. `poll` never blocks; a source with more to
give calls the wake-up that it was given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from zreplay.quotes.block import Block


class SegmentReason(StrEnum):
    """Why a segment of a run begins; it is sent as its text."""

    START = "start"
    MODE = "mode"
    SEEK = "seek"
    LOOP = "loop"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Piece:
    """Quotes in replay order.

    `cursor_after(rows)` is the place after the first `rows` of them. `starts_segment` says
    why a new segment starts with this piece, None if it does not.
    """

    block: Block
    cursor_after: Callable[[int], bytes]
    starts_segment: SegmentReason | None = None


class Source(Protocol):
    """Something that can be replayed."""

    @property
    def is_ended(self) -> bool:
        """True when `poll` has given the last piece; a live source never ends."""
        ...

    def poll(self) -> Piece | None:
        """Return the next piece, or None if there is none now."""
        ...

    def close(self) -> None: ...
