"""How many peers are connected to a bound socket, counted from libzmq's monitor events.

A peer counts once its handshake shows that it speaks ZeroMQ, until it disconnects.
"""

import struct
import time
from typing import Final

import zmq

from protocol.peer_tally import PeerTally
from protocol.sockets import HANDSHAKE_MS, Context, Socket, has_message, monitor_pair

# The first frame of a monitor message: the event, and its value. pyzmq could read it too, but
# would import asyncio and ssl to do so.
_EVENT: Final = struct.Struct("=Hi")
_WATCHED: Final = (
    zmq.Event.ACCEPTED | zmq.Event.HANDSHAKE_SUCCEEDED | zmq.Event.DISCONNECTED | zmq.Event.CLOSED
)
_HANDSHAKE_LIMIT_NS: Final = (HANDSHAKE_MS + 1000) * 1_000_000
"""libzmq drops a connection that takes longer; a busy machine does so a little late."""
_MOST_EVENTS: Final = 4096


class PeerCount:
    """Watches one socket from before it is bound; counts are as of the last `update`."""

    def __init__(self, context: Context, socket: Socket) -> None:
        self._tally = PeerTally(_HANDSHAKE_LIMIT_NS)
        self._watched = socket
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
        for _ in range(_MOST_EVENTS):
            if not has_message(self.socket):
                break
            event, value = _EVENT.unpack(self.socket.recv_multipart()[0])
            match event:
                case zmq.Event.ACCEPTED:
                    self._tally.accepted(value, now_ns)
                case zmq.Event.HANDSHAKE_SUCCEEDED:
                    self._tally.handshaken()
                case zmq.Event.DISCONNECTED:
                    self._tally.disconnected(value)
                case zmq.Event.CLOSED:
                    self._tally.closed()
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
