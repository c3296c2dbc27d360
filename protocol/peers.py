"""How many peers are connected to a bound socket, counted from libzmq's monitor events.

A peer counts once its handshake shows that it speaks ZeroMQ, until it disconnects.
"""

import time
from collections import deque
from typing import Final

import zmq

from protocol.connections import Connections, Cut
from protocol.keys.keyed_context import KeyedContext
from protocol.peer_tally import PeerTally
from protocol.receiving import has_message, monitor_events
from protocol.sockets import HANDSHAKE_MS, Context, Socket, domain_of, monitor_pair

_WATCHED: Final = (
    zmq.Event.ACCEPTED
    | zmq.Event.HANDSHAKE_SUCCEEDED
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    | zmq.Event.DISCONNECTED
    | zmq.Event.CLOSED
)
_KEYLESS: Final = {
    int(zmq.Event.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH): "one side has a key, the other none",
    int(zmq.Event.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC): "it expects another key of this program",
}
"""Refused before libzmq asks who it is: then nobody else tells of it."""
_HUNG_UP: Final = "it hung up in the handshake, as one without a key does"
MOST_KEYLESS: Final = 64
_HANDSHAKE_LIMIT_NS: Final = (HANDSHAKE_MS + 1000) * 1_000_000
"""libzmq drops a connection that takes longer; a busy machine does so a little late."""
_MOST_EVENTS: Final = 4096


class PeerCount:
    """Watches one socket from before it is bound; counts are as of the last `update`.

    `is_repeated`: what a connection loses is sent again, so it may be cut off.
    """

    def __init__(self, context: Context, socket: Socket, *, is_repeated: bool = False) -> None:
        self._tally = PeerTally(_HANDSHAKE_LIMIT_NS)
        self._watched = socket
        self.keyless: deque[tuple[str, str]] = deque(maxlen=MOST_KEYLESS)
        """The addresses of those that came with no key or another, and why they were refused."""
        self._connections = Connections(domain_of(socket), is_repeated=is_repeated)
        self._why = ""
        self._is_guarded = isinstance(context, KeyedContext) and context.guard is not None
        endpoint = f"inproc://peers-{id(self)}"
        socket.monitor(endpoint, _WATCHED)
        self.socket = monitor_pair(context, endpoint)

    @property
    def count(self) -> int:
        return self._tally.peers

    @property
    def connections(self) -> int:
        """All connections, peers or not."""
        return self._tally.connections

    def update(self) -> int:
        """Record who connected and disconnected; return how many peers there are."""
        now_ns = time.monotonic_ns()
        for event, value in monitor_events(self.socket, _MOST_EVENTS):
            match event:
                case zmq.Event.ACCEPTED:
                    self._tally.accepted(value, now_ns)
                    self._connections.opened(value, now_ns)
                case zmq.Event.HANDSHAKE_SUCCEEDED:
                    self._tally.handshaken()
                case zmq.Event.HANDSHAKE_FAILED_PROTOCOL:
                    self._why = _KEYLESS.get(value, "")  # and next its connection is lost
                case zmq.Event.HANDSHAKE_FAILED_NO_DETAIL if self._is_guarded:
                    self._why = _HUNG_UP
                case zmq.Event.DISCONNECTED:
                    self._tally.disconnected(value)
                    address = self._connections.closed(value, now_ns)
                    if self._why:
                        self.keyless.append((address, self._why))
                        self._why = ""
                case zmq.Event.CLOSED:
                    self._tally.closed()
                    self._connections.clear()
        self._tally.settle(now_ns)
        self._connections.look(now_ns)
        return self.count

    def take_cuts(self) -> list[Cut]:
        """Return the connections that were cut off because their way is lost, each once."""
        return self._connections.take_cuts()

    def close(self) -> None:
        """Stop watching; before the watched socket is closed."""
        # libzmq blocks while its events are not read, and then nothing could end the watch.
        while has_message(self.socket):
            self.socket.recv_multipart()
        if not self._watched.closed:
            self._watched.disable_monitor()
        self.socket.close(linger=0)
