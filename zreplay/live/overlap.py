"""Two connections of one feed deliver for a while: which quotes of that time came twice. Pure.

Only the capture decides: the quotes of both connections in order of receipt, within the overlap.

Rule 1: an id of a symbol belongs to the connection that brings it first; the same id of another
        one is dropped.
Rule 2: without ids, a quote is dropped if as many equal ones were kept as its connection has
        brought with it: one match drops one.
Rule 3: what one connection repeats stays.

So of a quote that both bring the first copy stays, whichever connection is faster: had only the
newer one's copies been dropped, each that it brings first would be in the log twice.
"""

from collections import Counter
from typing import NamedTuple

from zreplay.live.venue import VenueQuote

_Key = tuple[str, int | str]


class _Equal(NamedTuple):
    """What two quotes without an id have in common, if they are the same one."""

    symbol: str
    timestamp_ns: int | None
    bid_price: float | None
    bid_amount: float | None
    ask_price: float | None
    ask_amount: float | None


class Overlap:
    """The quotes that overlapping connections brought since the first overlap began."""

    def __init__(self) -> None:
        self._owners: dict[_Key, int] = {}
        self._kept: Counter[_Equal] = Counter()
        self._brought: Counter[tuple[int, _Equal]] = Counter()

    def is_duplicate(self, quote: VenueQuote, connection: int) -> bool:
        """Take the next quote in order of receipt; tell whether another connection brought it."""
        if quote.update_id is not None:
            return (
                self._owners.setdefault((quote.symbol, quote.update_id), connection) != connection
            )
        key = _Equal(
            quote.symbol,
            quote.timestamp_ns,
            quote.bid_price,
            quote.bid_amount,
            quote.ask_price,
            quote.ask_amount,
        )
        self._brought[connection, key] += 1
        if self._brought[connection, key] <= self._kept[key]:
            return True
        self._kept[key] += 1
        return False
