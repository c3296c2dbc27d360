"""How long quotes take from the exchange's time to here: p50 and p99 of the last ones. Pure.

Of a venue every quote counts. Of the plain shape, whose messages are read from the capture only,
the last message of each delivery does, and only if its time is within a day: a recording that is
played as a feed says nothing of the network.
"""

from collections import deque
from typing import Final

import msgspec

from zreplay.quotes.timestamp_text import instant_ns

LATENCIES: Final = 1024
DAY_NS: Final = 86_400 * 10**9


class _Timed(msgspec.Struct, gc=False):
    timestamp: str


_decode: Final = msgspec.json.Decoder(_Timed | list[_Timed]).decode


class ReceiptLatency:
    """Receipt - exchange of the last quotes, ns."""

    def __init__(self) -> None:
        self.last_ns: deque[int] = deque(maxlen=LATENCIES)
        self.off_ns: int | None = None
        """The same of the last message of the plain shape, if its time was a day or more away."""

    def summary_ns(self) -> dict[str, int] | None:
        """Return p50 and p99, None if no quote had a time of the exchange."""
        last = sorted([*self.last_ns])
        if not last:
            return None
        return {"p50": last[len(last) // 2], "p99": last[len(last) * 99 // 100]}

    def hear(self, message: bytes, recv_ns: int) -> None:
        """Take a message of the plain shape; one that is none is passed over."""
        try:
            timed = _decode(message)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        if isinstance(timed, list):
            if not timed:
                return
            timed = timed[-1]
        exchange_ns = instant_ns(timed.timestamp)
        if exchange_ns is None:
            return
        passed_ns = recv_ns - exchange_ns
        is_near = abs(passed_ns) < DAY_NS
        self.off_ns = None if is_near else passed_ns
        if is_near:
            self.last_ns.append(passed_ns)
