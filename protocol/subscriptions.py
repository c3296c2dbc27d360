"""What an XPUB socket is told by its subscribers."""

from collections.abc import Iterator
from typing import Final

from protocol import receiving, sockets

MOST_AT_ONCE: Final = 256
"""Looked at in one turn, so that a busy stranger cannot hog the loop."""
_SUBSCRIBES: Final = b"\x01"
_LEAVES: Final = b"\x00"


def subscription_changes(socket: sockets.Socket) -> Iterator[tuple[bool, bytes]]:
    """Yield who came and who left: whether it subscribes, and to which prefix.

    What else a peer sends is dropped.
    """
    for _ in range(MOST_AT_ONCE):
        frames = receiving.waiting_message(socket)
        if frames is None:
            return
        if len(frames) == 1 and (first := frames[0][:1]) in (_SUBSCRIBES, _LEAVES):
            yield first == _SUBSCRIBES, frames[0][1:]
