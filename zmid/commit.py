"""A commit: how far the run has come, and its bytes in a slot of the ring.

    magic "ZRCOMMIT" | crc32 of the body u32 LE | length of the body u32 LE | body (msgpack)

The body names both file lengths, each with the crc of all bytes before it: so a torn or flipped
log is found, and a slot from before the damage is used (zmid/recovery.py).

Not SQLite: it costs more for each commit (scripts/bench --libraries), and its write-ahead log
needs room that a full disk does not have; a slot has its own already.
"""

import struct
from typing import Final

import msgspec

from protocol.checksum import crc32
from protocol.errors import ResultLogError
from protocol.messages import COMMITS_KEPT, Buffer

MAGIC: Final = b"ZRCOMMIT"
HEADER: Final = struct.Struct("<8sII")
SLOT_BYTES: Final = 64 * 1024
SLOT_COUNT: Final = COMMITS_KEPT
VERSION: Final = 2


class Tail(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a log file ends, and the crc32 of all its bytes before that."""

    length: int = 0
    crc: int = 0

    def grown(self, text: Buffer) -> "Tail":
        """Return the tail once `text` has been appended."""
        return Tail(self.length + len(text), crc32(text, self.crc))


class Commit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything the sink knows for good. `number` counts the commits."""

    number: int
    run: bytes
    epoch: int
    next: int
    cursor: bytes
    mids_tail: Tail
    errors_tail: Tail
    mids: int
    skipped: int
    threshold_ms: float | None
    stamp: str
    finished: bool


def pack(commit: Commit) -> bytes:
    """Return the bytes of a slot."""
    body = msgspec.msgpack.encode((VERSION, *msgspec.structs.astuple(commit)))
    slot = HEADER.pack(MAGIC, crc32(body), len(body)) + body
    if len(slot) > SLOT_BYTES:
        raise ValueError(f"commit of {len(slot)} bytes does not fit a slot of {SLOT_BYTES}")
    return slot


def unpack(slot: bytes) -> Commit | None:
    """Return the commit in a slot, None if it is torn, flipped, or was never written.

    Raises:
        ResultLogError: it is whole, and of another version.
    """
    if len(slot) < HEADER.size:
        return None
    magic, crc, length = HEADER.unpack_from(slot)
    body = slot[HEADER.size : HEADER.size + length]
    if magic != MAGIC or len(body) != length or crc32(body) != crc:
        return None
    version, *values = msgspec.msgpack.decode(body)
    if version != VERSION:
        raise ResultLogError(
            f"commit.ring holds a run of version {version}, this sink reads version {VERSION}",
            fix="finish the run with the version that began it, or begin anew: --fresh",
            code="Z608",
        )
    values[5], values[6] = Tail(*values[5]), Tail(*values[6])
    return Commit(*values)
