"""The bound sockets of a program, and what becomes of them when too many connect.

When no descriptor is left, libzmq retries accept in a loop, at the cost of a core. So
connections get only what the rest of the program leaves over. When there are more, the socket
with the most drops all of its connections and listens again: peers reconnect by themselves and
nothing is lost, strangers mostly do not return.
"""

from typing import Final

import zmq

from protocol.peers import PeerCount
from protocol.program.descriptors import most_connections, open_count, open_limit
from protocol.program.diagnostics import Log, RateLimit
from protocol.shown_address import shown_address
from protocol.sockets import Context, Socket, listen

LOOK_NS: Final = 1_000_000_000
"""How often the descriptors of the rest of the program are counted."""
RETRY_NS: Final = 50_000_000
SAY_NS: Final = 10_000_000_000

log = Log("zmq")


class Listeners:
    """Counts the connections of each socket that it is given before that is bound."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._counts: dict[Socket, PeerCount] = {}
        self._closed: tuple[Socket, str] | None = None
        self._next_look_ns = self._retry_ns = self._others = 0
        self._limit = RateLimit(SAY_NS)

    def watch(self, socket: Socket) -> PeerCount:
        """Count the connections of a socket that is not bound yet."""
        self._counts[socket] = PeerCount(self._context, socket)
        return self._counts[socket]

    @property
    def connections(self) -> int:
        return sum(count.connections for count in self._counts.values())

    def update(self, now_ns: int) -> None:
        """Record who connected and disconnected; drop the connections if there are too many."""
        for count in self._counts.values():
            count.update()
        if now_ns >= self._next_look_ns:
            self._next_look_ns = now_ns + LOOK_NS
            self._others = max(0, open_count() - self.connections)
        if self._closed is not None:
            self._listen_again(now_ns, *self._closed)
        elif self.connections > (most := most_connections(open_limit(), self._others)):
            self._let_go(now_ns, most)

    def _let_go(self, now_ns: int, most: int) -> None:
        socket, count = max(self._counts.items(), key=lambda item: item[1].connections)
        endpoint = bytes(socket.getsockopt(zmq.LAST_ENDPOINT)).rstrip(b"\0").decode()
        held_back = self._limit.held_back(now_ns)
        if held_back is not None:
            log.warning(
                "too many connections: all are dropped, workers reconnect by themselves",
                address=shown_address(endpoint),
                connections=count.connections,
                most=most,
                held_back=held_back,
            )
        socket.unbind(endpoint)
        self._closed = socket, endpoint
        self._retry_ns = now_ns + RETRY_NS

    def _listen_again(self, now_ns: int, socket: Socket, endpoint: str) -> None:
        if now_ns < self._retry_ns:
            return
        self._retry_ns = now_ns + RETRY_NS
        try:
            listen(socket, endpoint)
        except zmq.ZMQError as error:
            held_back = self._limit.held_back(now_ns)
            if held_back is not None:
                log.warning(
                    "cannot listen again yet",
                    address=shown_address(endpoint),
                    reason=error.strerror,
                )
            return
        self._closed = None
        self._next_look_ns = now_ns

    def close(self) -> None:
        """Stop watching; before the sockets are closed."""
        for count in self._counts.values():
            count.close()
        self._counts.clear()
