"""The TCP connections of a ZeroMQ socket: who is there, and those whose way is lost are cut off.

libzmq connects again at once when a connection ends. A descriptor is libzmq's, and may be closed
on its thread and be another's at any time: each look is at a copy of it, and only if the same two
addresses are still its ends.
"""

import os
import socket as plain
import struct
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from protocol.lost_path import TCP_INFO_BYTES, LostPath, Patience, asked

LOOK_NS: Final = 500_000_000
MOST_ADDRESSES: Final = 1024
MOST_CUTS: Final = 64
"""That nobody has taken yet; of more the first are forgotten."""
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: nothing lingers in the kernel, and the other end learns of it as it asks next."""
_IS_TOLD: Final = sys.platform == "linux"


class Cut(NamedTuple):
    """A connection that was cut off."""

    socket: str
    address: str
    silent_ns: int


class Connections:
    """The connections of one socket by descriptor; `is_repeated`: what is lost is sent again.

    Only then are they cut off: else TCP may still deliver what is on its way.
    """

    def __init__(self, domain: str, *, is_repeated: bool) -> None:
        self._domain = domain
        self._is_watched = is_repeated and _IS_TOLD
        self._addresses: dict[int, str] = {}
        self._paths: dict[int, tuple[Any, LostPath]] = {}
        self._patiences: dict[str, Patience] = {}
        self._next_look_ns = 0
        self._cuts: deque[Cut] = deque(maxlen=MOST_CUTS)

    def opened(self, descriptor: int, now_ns: int) -> None:
        """Note a connection; it may be gone, and its descriptor another's."""
        self.closed(descriptor, now_ns)
        try:
            with _copy_of(descriptor) as connection:
                ends = _ends_of(connection)
        except OSError:
            return
        if ends is None:
            return
        address = self._addresses[descriptor] = str(ends[1][0])
        if self._is_watched:
            self._paths[descriptor] = (ends, LostPath(self._patience(address).begun(now_ns)))

    def closed(self, descriptor: int, now_ns: int) -> str:
        """Forget a connection; return the address of the other end, `unknown` if it is not."""
        address = self._addresses.pop(descriptor, "unknown")
        _, path = self._paths.pop(descriptor, (None, None))
        if path is not None and path.is_owed:
            self._patience(address).ended(now_ns)
        return address

    def clear(self) -> None:
        self._addresses.clear()
        self._paths.clear()

    def look(self, now_ns: int) -> None:
        """Cut off the connections whose way is lost; looked at every LOOK_NS."""
        if not self._paths or now_ns < self._next_look_ns:
            return
        self._next_look_ns = now_ns + LOOK_NS
        for descriptor, (ends, path) in [*self._paths.items()]:
            try:
                silent_ns = _cut_if_lost(descriptor, ends, path, now_ns)
            except OSError:
                continue  # it has ended, or there is no descriptor for the copy
            if silent_ns is not None:
                del self._paths[descriptor]
                self._patience(self._addresses[descriptor]).ended(now_ns)
                self._cuts.append(Cut(self._domain, self._addresses[descriptor], silent_ns))

    def _patience(self, address: str) -> Patience:
        if address not in self._patiences and len(self._patiences) >= MOST_ADDRESSES:
            del self._patiences[next(iter(self._patiences))]
        return self._patiences.setdefault(address, Patience())

    def take_cuts(self) -> list[Cut]:
        """Return those that were cut off, each once."""
        cuts = [*self._cuts]
        self._cuts.clear()
        return cuts


def _cut_if_lost(descriptor: int, ends: Any, path: LostPath, now_ns: int) -> int | None:
    """Return for how long nothing had come over a connection that was cut off."""
    with _copy_of(descriptor) as connection:
        if _ends_of(connection) != ends:
            return None
        told = connection.getsockopt(plain.IPPROTO_TCP, plain.TCP_INFO, TCP_INFO_BYTES)
        look = asked(told)
        if look is None or not path.is_lost(look, now_ns):
            return None
        connection.setsockopt(plain.SOL_SOCKET, plain.SO_LINGER, _AT_ONCE)
        connection.shutdown(plain.SHUT_RDWR)
        return look.silent_ns


@contextmanager
def _copy_of(descriptor: int) -> Iterator[plain.socket]:
    copy = os.dup(descriptor)
    try:
        connection = plain.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with connection:
        yield connection


def _ends_of(connection: plain.socket) -> tuple[Any, Any] | None:
    """Return both addresses of a TCP connection, None if it is none."""
    if connection.family not in (plain.AF_INET, plain.AF_INET6):
        return None
    return connection.getsockname(), connection.getpeername()
