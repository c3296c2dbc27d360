"""The bound sockets of a program, and what becomes of them when too many connect.

When no descriptor is left, libzmq retries accept in a loop, at the cost of a core. So
connections get only what the rest of the program leaves over. When there are more, the socket
with the most drops all of its connections and listens again: peers reconnect by themselves and
nothing is lost, strangers mostly do not return. The same is done with a socket to which a key is
connected that is not let in any more.
"""

from collections import defaultdict
from typing import Final

import zmq

from protocol.keys.keyed_context import KeyedContext
from protocol.peers import PeerCount
from protocol.program.cut_connections import CutConnections
from protocol.program.descriptors import most_connections, open_count, open_limit
from protocol.program.diagnostics import Log, RateLimit
from protocol.shown_address import shown_address
from protocol.sockets import Context, Socket, domain_of, listen

LOOK_NS: Final = 1_000_000_000
"""How often the descriptors of the rest of the program are counted."""
KEYS_LOOK_NS: Final = 200_000_000
"""How often it is looked whether the keys that are let in have changed."""
RETRY_NS: Final = 50_000_000
SAY_NS: Final = 10_000_000_000

log = Log("zmq")


class Listeners:
    """Counts the connections of each socket that it is given before that is bound."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._counts: dict[Socket, PeerCount] = {}
        self._guard = context.guard if isinstance(context, KeyedContext) else None
        self._closed: dict[Socket, str] = {}
        self._next_look_ns = self._retry_ns = self._others = self._next_keys_ns = 0
        self._limit = RateLimit(SAY_NS)
        self._refused: defaultdict[tuple[str, str], RateLimit] = defaultdict(RateLimit)
        """By socket and key: who has none, or an unknown one, hides nobody whose key is known."""
        self._cut = CutConnections()
        self._problem = ""

    def watch(self, socket: Socket, *, is_repeated: bool = False) -> PeerCount:
        """Count the connections of a socket that is not bound yet.

        `is_repeated`: what a connection loses is sent again, so one whose way is lost is cut off.
        """
        count = PeerCount(self._context, socket, is_repeated=is_repeated)
        self._counts[socket] = count
        return count

    @property
    def connections(self) -> int:
        return sum(count.connections for count in self._counts.values())

    def update(self, now_ns: int) -> None:
        """Record who connected and disconnected; drop the connections if there are too many."""
        for count in self._counts.values():
            count.update()
            self._cut.say(count.take_cuts(), now_ns)
        if now_ns >= self._next_look_ns:
            self._next_look_ns = now_ns + LOOK_NS
            self._others = max(0, open_count() - self.connections)
        if now_ns >= self._next_keys_ns:
            self._next_keys_ns = now_ns + KEYS_LOOK_NS
            self._look_at_keys(now_ns)
        if self._closed:
            self._listen_again(now_ns)
        elif self.connections > (most := most_connections(open_limit(), self._others)):
            self._let_go(now_ns, most)

    def _let_go(self, now_ns: int, most: int) -> None:
        socket, count = max(self._counts.items(), key=lambda item: item[1].connections)
        held_back = self._limit.held_back(now_ns)
        if held_back is not None:
            log.warning(
                "too many connections: all are dropped, workers reconnect by themselves",
                address=shown_address(_endpoint_of(socket)),
                connections=count.connections,
                most=most,
                held_back=held_back,
            )
        self._drop_all(socket, now_ns)

    def _look_at_keys(self, now_ns: int) -> None:
        for socket, count in self._counts.items():
            while count.keyless:
                address, reason = count.keyless.popleft()
                self._say_refused(now_ns, domain_of(socket), address, "", reason)
        if self._guard is None:
            return
        self._guard.look()
        if (problem := self._guard.problem()) != self._problem:
            self._problem = problem
            if problem:
                log.warning("the list of keys cannot be read: that of before holds", reason=problem)
        while self._guard.refusals:
            self._say_refused(now_ns, *self._guard.refusals.popleft())
        outdated = self._guard.take_outdated()
        for socket in [each for each in self._counts if domain_of(each) in outdated]:
            log.warning(
                "a key is not let in any more: all connections are dropped, the others come back",
                socket=domain_of(socket),
            )
            self._drop_all(socket, now_ns)

    def _say_refused(self, now_ns: int, socket: str, address: str, name: str, reason: str) -> None:
        held_back = self._refused[socket, name].held_back(now_ns)
        if held_back is not None:
            log.warning(
                "peer refused",
                socket=socket,
                address=address,
                key=name or "unknown",
                reason=reason,
                held_back=held_back,
            )

    def _drop_all(self, socket: Socket, now_ns: int) -> None:
        if socket not in self._closed:
            endpoint = _endpoint_of(socket)
            socket.unbind(endpoint)
            self._closed[socket] = endpoint
            self._retry_ns = now_ns + RETRY_NS

    def _listen_again(self, now_ns: int) -> None:
        if now_ns < self._retry_ns:
            return
        self._retry_ns = now_ns + RETRY_NS
        for socket, endpoint in [*self._closed.items()]:
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
                continue
            del self._closed[socket]
            self._next_look_ns = now_ns

    def close(self) -> None:
        """Stop watching; before the sockets are closed."""
        for count in self._counts.values():
            count.close()
        self._counts.clear()


def _endpoint_of(socket: Socket) -> str:
    return bytes(socket.getsockopt(zmq.LAST_ENDPOINT)).rstrip(b"\0").decode()
