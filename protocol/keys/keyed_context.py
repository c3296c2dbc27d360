"""The ZeroMQ context of a program: its sockets use the key of the program over tcp.

An ipc socket needs none: it lies in a folder that only its user can enter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq

from protocol.endpoints import is_over_tcp

if TYPE_CHECKING:
    from protocol.keys.guard import Guard
    from protocol.refusals import Refusals


class KeyedContext(zmq.Context[zmq.Socket[bytes]]):
    """A context with a guard, if the program has a key, and with what it was refused."""

    # Of the class, as pyzmq takes any other name for an option of libzmq.
    guard: Guard | None = None
    refusals: Refusals | None = None

    def destroy(self, linger: int | None = None) -> None:
        """Close all sockets, those that watch for refusals too."""
        if self.refusals is not None:
            self.refusals.close()
        super().destroy(linger)


def guard_of(socket: zmq.Socket[bytes], endpoint: str) -> Guard | None:
    """Return who guards a socket at an address, None if it is open to all who reach it."""
    context = socket.context
    if isinstance(context, KeyedContext) and is_over_tcp(endpoint):
        return context.guard
    return None
