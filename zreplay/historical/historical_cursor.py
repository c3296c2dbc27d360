"""A place in a historical replay: after a quote of the files, and in the selection.

It does not grow with the files: a checkpoint says from where they are read on.
"""

from typing import NamedTuple

import msgspec
from msgspec import msgpack

from protocol.errors import ProtocolError
from zreplay.historical.left_out import NOTHING, LeftOut
from zreplay.ordering.order_cursor import Key
from zreplay.quotes.block import LAST_POSITION, file_of


class HistoricalCursor(NamedTuple):
    """Behind `sent` selected quotes; `origin_ns` is the files' first arrival, if it counts.

    All up to `last_key` was sent, left out and counted, or passed over by a seek.
    """

    sent: int
    origin_ns: int | None
    last_key: Key
    left_out: LeftOut = NOTHING

    def pack(self) -> bytes:
        whole = tuple(self)
        return msgpack.encode(whole if any(self.left_out) else whole[:-1])

    @classmethod
    def unpack(cls, data: bytes, file_count: int) -> "HistoricalCursor":
        """Read what `pack` gave for as many files.

        Raises:
            ProtocolError: it cannot be read, or is of other files.
        """
        try:
            cursor = msgspec.msgpack.decode(data, type=cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise ProtocolError(
                f"the place in the files cannot be read: {error}", code="Z504"
            ) from None
        position = cursor.last_key[1]
        if position != LAST_POSITION and not 0 <= file_of(position) < file_count:
            raise ProtocolError(
                f"the place is in file {file_of(position) + 1} of {file_count} files",
                fix="give the files that began the run, or start over: --fresh",
                code="Z504",
            )
        return cursor


def quotes_before(cursor: bytes) -> int:
    """Return how many selected quotes lie before a place of `pack`; none before the start."""
    return int(msgpack.decode(cursor)[0]) if cursor else 0


def left_out_before(cursor: bytes) -> LeftOut:
    """Return how many were left out before a place of `pack`; none before the start."""
    counts = msgpack.decode(cursor)[3:] if cursor else []
    return LeftOut(*counts[0]) if counts else NOTHING
