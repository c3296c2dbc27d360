"""The replay interface: a source yields pieces, each a block and its cursors.

A live source is polled. The historical source is read and blocks meanwhile: ReadAhead makes a
polled source of it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import msgspec

from zreplay.quotes.block import Block


class SegmentReason(StrEnum):
    """Why a segment of a run begins; it is sent as its text."""

    START = "start"
    MODE = "mode"
    SEEK = "seek"
    LOOP = "loop"
    GAP = "gap"


class Piece(msgspec.Struct, frozen=True):
    """Quotes in replay order.

    `cursor_after(rows)` is the place after the first `rows` of them. `starts_segment` says
    why a new segment starts with this piece, None if it does not.
    """

    block: Block
    cursor_after: Callable[[int], bytes]
    starts_segment: SegmentReason | None = None


class PolledSource(Protocol):
    """What a playhead plays: `poll` never blocks.

    A source with more to give calls the wake-up that it was given.
    """

    @property
    def is_ended(self) -> bool:
        """True when `poll` has given the last piece; a live source never ends."""
        ...

    def poll(self) -> Piece | None:
        """Return the next piece, or None if there is none now."""
        ...

    def close(self) -> None: ...
