"""Whether the way to the other end of a TCP connection is lost, by what the kernel tells. Pure.

The kernel asks ever more seldom, and gives up after a quarter of an hour: after a cut of 40 s the
next time may be half a minute away. Whoever connects anew is there within two seconds.

That a peer stands still is no loss: its kernel acknowledges, also that it has no room. So a
connection is lost only if something was sent that asks for an answer, and none came, of
whatever kind. A limit on unacknowledged data (ZMQ_TCP_MAXRT) cannot tell the two apart.
"""

import struct
from typing import Final, NamedTuple

PATIENCE_NS: Final = 3_000_000_000
"""So long at least nothing is heard, while it is asked; the kernel asks again before it is over."""
MOST_PATIENCE_NS: Final = 24_000_000_000
SOON_NS: Final = 6_000_000_000
"""Who is back so soon was not lost: the line loses much, and TCP needs longer there."""
FORGIVEN_NS: Final = 120_000_000_000
# Of struct tcp_info (linux/tcp.h): state, retransmits, probes; times since data and since an
# acknowledgement came, in ms; how much was sent again, of how much, how often needlessly; the room
# that the other end has said. Shorter before Linux 5.4.
_HEAD: Final = struct.Struct("=BxBB")
_HEARD: Final = struct.Struct("=II")
_HEARD_AT: Final = 52
_ROOM: Final = struct.Struct("=I")
_AGAIN_AT: Final = 100
_SENT_AT: Final = 156
_NEEDLESS_AT: Final = 216
_ROOM_AT: Final = 228
TCP_INFO_BYTES: Final = _ROOM_AT + _ROOM.size
_ESTABLISHED: Final = 1
_FEW_LOST: Final = 8
_LOST_SHARE: Final = 0.05


class Asked(NamedTuple):
    """One look at a connection: whether an answer is owed, and how long nothing has come."""

    is_owed: bool
    silent_ns: int
    is_lossy: bool = False
    """Whether much of what was sent before had to be sent again."""


def asked(tcp_info: bytes) -> Asked | None:
    """Return what the kernel tells of a connection; None if it tells too little, or it has ended.

    What is sent again while the other end has no room is a probe, and counts as one.
    """
    if len(tcp_info) < TCP_INFO_BYTES:
        return None
    state, retransmits, probes = _HEAD.unpack_from(tcp_info)
    if state != _ESTABLISHED:
        return None
    (room_bytes,) = _ROOM.unpack_from(tcp_info, _ROOM_AT)
    is_owed = probes > 0 or (retransmits > 0 and room_bytes > 0)
    again, sent, needless = (
        _ROOM.unpack_from(tcp_info, at)[0] for at in (_AGAIN_AT, _SENT_AT, _NEEDLESS_AT)
    )
    lost = again - needless - retransmits
    is_lossy = lost > _FEW_LOST and lost > _LOST_SHARE * sent
    return Asked(is_owed, min(_HEARD.unpack_from(tcp_info, _HEARD_AT)) * 1_000_000, is_lossy)


class LostPath:
    """Follows one connection; `patience_ns` is how long its silence may last."""

    def __init__(self, patience_ns: int = PATIENCE_NS) -> None:
        self._patience_ns = patience_ns
        self._since_ns: int | None = None

    @property
    def is_owed(self) -> bool:
        """Whether an answer was owed when it was looked last."""
        return self._since_ns is not None

    def is_lost(self, asked: Asked, now_ns: int) -> bool:
        """Return whether an answer has been owed, and nothing has come, for too long."""
        if not asked.is_owed:
            self._since_ns = None
        elif self._since_ns is None:
            self._since_ns = now_ns
        patience_ns = MOST_PATIENCE_NS if asked.is_lossy else self._patience_ns
        is_long = self._since_ns is not None and now_ns - self._since_ns >= patience_ns
        return is_long and asked.silent_ns >= patience_ns


class Patience:
    """How long the silence of one address may last: longer where it was cut off in vain."""

    def __init__(self) -> None:
        self._ns = PATIENCE_NS
        self._ended_ns: int | None = None
        self._longer_ns = 0

    def ended(self, now_ns: int) -> None:
        """Note that a connection was cut off, or ended while an answer was owed."""
        self._ended_ns = now_ns

    def begun(self, now_ns: int) -> int:
        """Note a new connection; return how long its silence may last."""
        if self._ended_ns is not None and now_ns - self._ended_ns <= SOON_NS:
            self._ns = min(4 * self._ns, MOST_PATIENCE_NS)
            self._longer_ns = now_ns
        elif now_ns - self._longer_ns > FORGIVEN_NS:
            self._ns = PATIENCE_NS
        self._ended_ns = None
        return self._ns
