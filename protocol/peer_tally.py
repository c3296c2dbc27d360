"""Who is connected to a listener, and who of them has shown to be a peer. Pure.

libzmq names the descriptor of a connection when it is accepted and when it is lost, but not
when its handshake succeeds, and says nothing of a stranger that it refuses. So a handshake
counts for one of the connections that may be meant; one that outlives the time for a handshake
has had it. The count is never negative, never more than the connections, and exact as soon as
nobody is within that time.
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
        """Take note of a connection, of which nothing else is known yet."""
        self.disconnected(fd)
        self._newcomers[fd] = now_ns

    def handshaken(self) -> None:
        """Take note that one of the newcomers is a peer."""
        self._handshakes = min(self._handshakes + 1, len(self._newcomers))

    def disconnected(self, fd: int) -> None:
        """Forget a connection; a newcomer's handshake was another's, while that is possible."""
        self._peers.discard(fd)
        self._newcomers.pop(fd, None)
        self._handshakes = min(self._handshakes, len(self._newcomers))

    def closed(self) -> None:
        """Forget everyone: the listener is no more, and its connections with it."""
        self._peers.clear()
        self._newcomers.clear()
        self._handshakes = 0

    def settle(self, now_ns: int) -> None:
        """Call those peers that are still there when no handshake may last so long."""
        for fd, accepted_ns in [*self._newcomers.items()]:
            if now_ns - accepted_ns <= self._limit_ns:
                break
            del self._newcomers[fd]
            self._peers.add(fd)
            self._handshakes = max(0, self._handshakes - 1)
        self._handshakes = min(self._handshakes, len(self._newcomers))
