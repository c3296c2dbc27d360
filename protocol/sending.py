"""Sending without waiting."""

from typing import Final

import zmq

from protocol.sockets import Socket

UNCOPIED_BYTES: Final = 256 * 1024
"""A smaller one is copied: to have it given back by another thread would take longer."""


def send_frame(socket: Socket, frame: bytes) -> bool:
    """Send a message of one frame; False if no peer's pipe has room."""
    try:
        socket.send(frame, zmq.DONTWAIT, copy=len(frame) < UNCOPIED_BYTES)
    except zmq.Again:
        return False
    return True
