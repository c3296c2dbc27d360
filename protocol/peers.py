"""How many peers are connected to a bound socket, counted from libzmq's monitor events.

A peer counts once its handshake shows that it speaks ZeroMQ, until it disconnects.
"""

import os
import socket as plain
import time
from collections import deque
from typing import Final

import zmq

from protocol.keys.keyed_context import KeyedContext
from protocol.peer_tally import PeerTally
from protocol.receiving import has_message, monitor_events
from protocol.sockets import HANDSHAKE_MS, Context, Socket, monitor_pair

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
    """Watches one socket from before it is bound; counts are as of the last `update`."""

    def __init__(self, context: Context, socket: Socket) -> None:
        self._tally = PeerTally(_HANDSHAKE_LIMIT_NS)
        self._watched = socket
        self.keyless: deque[tuple[str, str]] = deque(maxlen=MOST_KEYLESS)
        """The addresses of those that came with no key or another, and why they were refused."""
        self._addresses: dict[int, str] = {}
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
                    self._addresses[value] = _address_of(value)
                case zmq.Event.HANDSHAKE_SUCCEEDED:
                    self._tally.handshaken()
                case zmq.Event.HANDSHAKE_FAILED_PROTOCOL:
                    self._why = _KEYLESS.get(value, "")  # and next its connection is lost
                case zmq.Event.HANDSHAKE_FAILED_NO_DETAIL if self._is_guarded:
                    self._why = _HUNG_UP
                case zmq.Event.DISCONNECTED:
                    self._tally.disconnected(value)
                    address = self._addresses.pop(value, "")
                    if self._why:
                        self.keyless.append((address, self._why))
                        self._why = ""
                case zmq.Event.CLOSED:
                    self._tally.closed()
                    self._addresses.clear()
        self._tally.settle(now_ns)
        return self.count

    def close(self) -> None:
        """Stop watching; before the watched socket is closed."""
        # libzmq blocks while its events are not read, and then nothing could end the watch.
        while has_message(self.socket):
            self.socket.recv_multipart()
        if not self._watched.closed:
            self._watched.disable_monitor()
        self.socket.close(linger=0)


def _address_of(descriptor: int) -> str:
    """Return who is connected there; it may be gone, and its descriptor another's."""
    try:
        with plain.socket(fileno=os.dup(descriptor)) as connection:
            name = connection.getpeername()
    except OSError:
        return "unknown"
    return str(name[0]) if isinstance(name, tuple) else "unknown"
