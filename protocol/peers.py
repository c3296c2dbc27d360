"""How many peers are connected to a bound socket, counted from what libzmq says of them.

A peer counts once it has shown that it speaks ZeroMQ (its handshake), until it disconnects.
"""

import struct
from typing import Final

import zmq

from protocol.sockets import Context, Socket, has_message

_FAILED: Final = (
    zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    | zmq.Event.HANDSHAKE_FAILED_PROTOCOL
    | zmq.Event.HANDSHAKE_FAILED_AUTH
)
# The first frame of what a monitor says: the event, and a value that goes with it. pyzmq could
# read it too, and would import asyncio and ssl for that.
_EVENT: Final = struct.Struct("=Hi")
_WATCHED: Final = zmq.Event.HANDSHAKE_SUCCEEDED | zmq.Event.DISCONNECTED | _FAILED


class PeerCount:
    """Watches one socket from before it is bound; `count` is as of the last `update`."""

    def __init__(self, context: Context, socket: Socket) -> None:
        self.count = 0
        self._watched = socket
        endpoint = f"inproc://peers-{id(self)}"
        socket.monitor(endpoint, _WATCHED)
        self.socket: Socket = context.socket(zmq.PAIR)
        self.socket.connect(endpoint)

    def update(self) -> int:
        """Take note of who came and went; return how many there are."""
        while has_message(self.socket):
            event, _ = _EVENT.unpack(self.socket.recv_multipart()[0])
            # A failed handshake is followed by a disconnection of its own.
            self.count += -1 if event == zmq.Event.DISCONNECTED else 1
        return self.count

    def close(self) -> None:
        """Stop watching; before the watched socket is closed."""
        self._watched.disable_monitor()
        self.socket.close(linger=0)
