"""A place in a historical replay: in the order of the files, and in the selection."""

from typing import NamedTuple

from msgspec import msgpack

from protocol.errors import ProtocolError
from zreplay.ordering.order_cursor import OrderCursor


class HistoricalCursor(NamedTuple):
    """Behind `sent` selected quotes; `origin_ns` is the files' first arrival, if it counts."""

    sent: int
    origin_ns: int | None
    order: OrderCursor

    def pack(self) -> bytes:
        return msgpack.encode((self.sent, self.origin_ns, self.order.pack()))

    @classmethod
    def unpack(cls, data: bytes, file_count: int) -> "HistoricalCursor":
        """Read what `pack` gave for as many files.

        Raises:
            ProtocolError: it is of another version, or of other files.
        """
        try:
            sent, origin_ns, order = msgpack.decode(data)
        except (ValueError, TypeError) as error:
            raise ProtocolError(
                f"the place in the files cannot be read: {error}", code="Z504"
            ) from None
        return cls(sent, origin_ns, OrderCursor.unpack(order, file_count))


def quotes_before(cursor: bytes) -> int:
    """Return how many selected quotes lie before a place of `pack`; none before the start."""
    return int(msgpack.decode(cursor)[0]) if cursor else 0
