"""Tells the operator of connections that were cut off because the way to the peer is lost."""

from collections.abc import Iterable

from protocol.connections import Cut
from protocol.program.diagnostics import Log, RateLimit

log = Log("zmq")


class CutConnections:
    """Says one a second at most, and how many were held back."""

    def __init__(self) -> None:
        self._limit = RateLimit()

    def say(self, cuts: Iterable[Cut], now_ns: int) -> None:
        """Log those that were cut off."""
        for cut in cuts:
            held_back = self._limit.held_back(now_ns)
            if held_back is not None:
                log.warning(
                    "the way to a peer is lost: its connection is cut off, and made anew",
                    socket=cut.socket,
                    address=cut.address,
                    silent_s=round(cut.silent_ns / 1e9, 1),
                    held_back=held_back,
                )
