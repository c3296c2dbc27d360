"""Batches for all who watch: each subscriber gets every one that its pipe takes.

Nobody is waited for: a subscriber whose pipe is full misses what comes meanwhile, and the record
numbers tell it so. A connection counts once its subscription is there: what is sent then arrives.
"""

from collections.abc import Callable
from typing import Final

import zmq

from protocol import sockets
from protocol.peers import PeerCount
from protocol.subscriptions import subscription_changes

LINGER_MS: Final = 5000
"""So long the last batches are still handed to subscribers when the replayer has ended."""


class Broadcast:
    """An XPUB socket, and how many subscribe to all that it sends."""

    peers: PeerCount

    def __init__(
        self,
        context: sockets.Context,
        endpoint: str,
        insecure: bool,
        watch: Callable[[sockets.Socket], PeerCount],
    ) -> None:
        def before_bind(socket: sockets.Socket) -> None:
            self.peers = watch(socket)

        self.socket = sockets.broadcast_xpub(context, endpoint, insecure, LINGER_MS, before_bind)
        self._subscriptions = 0

    @property
    def subscribers(self) -> int:
        """As of the last `update`; one peer that subscribes twice is not two."""
        return min(self._subscriptions, self.peers.count)

    def update(self) -> None:
        """Record who subscribed and who left."""
        for is_new, prefix in subscription_changes(self.socket):
            if not prefix:  # to all; another prefix is none of a batch
                self._subscriptions = max(0, self._subscriptions + (1 if is_new else -1))

    def send(self, frame: bytes) -> None:
        """Hand a batch to every subscriber with room for it."""
        self.socket.send(frame, zmq.DONTWAIT)

    def close(self) -> None:
        self.socket.close()
