"""How long to wait before the next try: longer after each failure, with random jitter.

Rule 1: spans of 0.25, 0.5, 1, 2, 4, 8, 8, ... s; a wait is 40 to 100 % of its span.
Rule 2: only data reset it. So a server that accepts and then closes is not hammered, however
        long it takes to close.
Rule 3: after a refusal (401, 403) it waits the longest span, or as long as the server says.

Not the reconnecting iterator of websockets: it forgets its delay at each connection, rule 2.
"""

from typing import Final

import msgspec

FIRST_SPAN_NS: Final = 250_000_000
LONGEST_SPAN_NS: Final = 8_000_000_000
LONGEST_TOLD_NS: Final = 120_000_000_000
_SHORTEST_PART: Final = 0.4


class BackOff(msgspec.Struct):
    """The waits between the tries of one connection."""

    _span_ns: int = FIRST_SPAN_NS

    def on_data(self) -> None:
        """Begin anew: the connection that was lost had data."""
        self._span_ns = FIRST_SPAN_NS

    def on_refusal(self) -> None:
        """Wait the longest span from now on: asking more often does not help."""
        self._span_ns = LONGEST_SPAN_NS

    def next_wait_ns(self, chance: float, told_ns: int = 0) -> int:
        """Return the next wait; `chance` is random from 0 to 1, `told_ns` is Retry-After."""
        part = _SHORTEST_PART + (1 - _SHORTEST_PART) * chance
        wait_ns = int(self._span_ns * part)
        self._span_ns = min(2 * self._span_ns, LONGEST_SPAN_NS)
        return max(wait_ns, min(told_ns, LONGEST_TOLD_NS))
