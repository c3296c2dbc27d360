"""The connections to a listener, and which of them have proved to be peers. Pure.

libzmq names the descriptor of a connection when it is accepted and when it is lost, but not
when its handshake succeeds, and reports nothing about a stranger that it refuses. So a
handshake is credited to one of the connections it may belong to; a connection that outlives
the handshake timeout has completed it. The count is never negative, never above the number of
connections, and exact as soon as no connection is within that timeout.
"""


class PeerTally:
    """Connections by descriptor, in the order in which they were accepted."""

    def __init__(self, handshake_limit_ns: int) -> None:
        self._limit_ns = handshake_limit_ns
        self._peers: set[int] = set()
        self._newcomers: dict[int, int] = {}
        self._handshakes = 0

    @property
    def connections(self) -> int:
        return len(self._peers) + len(self._newcomers)

    @property
    def peers(self) -> int:
        return len(self._peers) + self._handshakes

    def accepted(self, fd: int, now_ns: int) -> None:
        """Record a connection, of which nothing else is known yet."""
        self.disconnected(fd)
        self._newcomers[fd] = now_ns

    def handshaken(self) -> None:
        """Record that one of the newcomers is a peer."""
        self._handshakes = min(self._handshakes + 1, len(self._newcomers))

    def disconnected(self, fd: int) -> None:
        """Forget a connection; a newcomer's handshake was another's, while that is possible."""
        self._peers.discard(fd)
        self._newcomers.pop(fd, None)
        self._handshakes = min(self._handshakes, len(self._newcomers))

    def closed(self) -> None:
        """Forget everything: the listener is gone, and its connections with it."""
        self._peers.clear()
        self._newcomers.clear()
        self._handshakes = 0

    def settle(self, now_ns: int) -> None:
        """Count as peers the connections that are still there after the handshake timeout."""
        for fd, accepted_ns in [*self._newcomers.items()]:
            if now_ns - accepted_ns <= self._limit_ns:
                break
            del self._newcomers[fd]
            self._peers.add(fd)
            self._handshakes = max(0, self._handshakes - 1)
        self._handshakes = min(self._handshakes, len(self._newcomers))
