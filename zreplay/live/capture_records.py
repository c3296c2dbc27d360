"""The records of a capture: messages as received, and what became of the connections.

    body   = record, *record
    record = code u8, recv_ns i64, length u32, [connection u32,] payload

Little-endian. A code of 128 and over is 128 + the kind, and the number of a connection follows;
below it is the kind of a record of connection 0, as version 1 wrote them all. A number belongs
to one connection from its CONNECTED on; a later CONNECTED may use it again.

READER and OVERLAP hold from where they stand on, and stand again at the head of each later group
that needs them, so that a group can be read without those before it: `began` is the byte where
the group of the first one begins. An overlap has ended in a group without its record.

    READER       began u64, the name of the adapter that reads the messages   none: the plain shape
                 of a venue that does not come with zreplay: a line feed and its declaration follow
    SUBSCRIPTION a JSON object: {"state": ..., "symbols": [...], "reason": ...}
    NOTICE       what the venue announced, as it came
    OVERLAP      began u64, connection u32: this connection replaces that one, and both deliver;
                 it stands before the CONNECTED of the new one, from when that is asked for on
    OVERLAP_END  empty; some seconds after either of the two was lost, or when the new one was
                 not to be had
    LOST         a gap that is not over (zreplay/live/gap.py); it stands again at the head of each
                 later group until the GAP of its number
    GAP          a gap: one line of gaps.log; of a recording also each part of it that was dropped
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from zreplay.live.segment_head import damaged

RECORD: Final = struct.Struct("<BqI")
CONNECTION: Final = struct.Struct("<I")
NUMBERED: Final = 0x80
BEGAN: Final = struct.Struct("<Q")
REPLACED: Final = struct.Struct("<QI")


class RecordKind(IntEnum):
    """What a record holds: a message, an address connected to, why a connection was lost, ..."""

    MESSAGE = 1
    CONNECTED = 2
    DISCONNECTED = 3
    READER = 4
    SUBSCRIPTION = 5
    NOTICE = 6
    OVERLAP = 7
    OVERLAP_END = 8
    LOST = 9
    GAP = 10


_KINDS: Final = frozenset(RecordKind)


class Captured(NamedTuple):
    """A record to be written; `recv_ns` is Unix time, connection 0 is one without a number."""

    kind: RecordKind
    recv_ns: int
    payload: bytes
    connection: int = 0

    @property
    def size_bytes(self) -> int:
        return RECORD.size + (CONNECTION.size if self.connection else 0) + len(self.payload)


class Record(NamedTuple):
    """A record as read; `offset` is the byte of the file where it begins."""

    kind: int
    recv_ns: int
    payload: memoryview
    offset: int
    connection: int = 0


def packed(record: Captured) -> bytes:
    """Return a record as it stands in the file."""
    kind, recv_ns, payload, connection = record
    if not connection:
        return RECORD.pack(kind, recv_ns, len(payload)) + payload
    head = RECORD.pack(NUMBERED | kind, recv_ns, len(payload))
    return head + CONNECTION.pack(connection) + payload


def began_of(payload: bytes | memoryview) -> int:
    """Return the byte where the group of the first such READER or OVERLAP begins."""
    began: int = BEGAN.unpack_from(payload)[0]
    return began


def reader_of(payload: bytes | memoryview) -> str:
    """Return the name of the adapter in a READER."""
    return bytes(payload[BEGAN.size :]).decode()


def replaced_of(payload: bytes | memoryview) -> int:
    """Return the connection that the one of an OVERLAP replaces."""
    replaced: int = REPLACED.unpack_from(payload)[1]
    return replaced


def records_in(body: memoryview, offset: int, path: Path) -> Iterator[Record]:
    """Yield the records of a whole group whose body begins at this byte of the file.

    Raises:
        InputError: one is cut off or of an unknown kind, though the checksum matches.
    """
    start = 0
    while start < len(body):
        payload_start = start + RECORD.size
        if payload_start > len(body):
            raise damaged(path, f"the record at byte {offset + start} is cut off")
        kind, recv_ns, length = RECORD.unpack_from(body, start)
        connection = 0
        if kind & NUMBERED:
            if payload_start + CONNECTION.size > len(body):
                raise damaged(path, f"the record at byte {offset + start} is cut off")
            (connection,) = CONNECTION.unpack_from(body, payload_start)
            payload_start += CONNECTION.size
            kind ^= NUMBERED
        end = payload_start + length
        if end > len(body):
            raise damaged(path, f"the record at byte {offset + start} is cut off")
        if kind not in _KINDS:
            raise damaged(path, f"the record at byte {offset + start} has an unknown kind: {kind}")
        if length < _LEAST_BYTES.get(kind, 0):
            raise damaged(path, f"the record at byte {offset + start} is too short")
        yield Record(kind, recv_ns, body[payload_start:end], offset + start, connection)
        start = end


_LEAST_BYTES: Final = {RecordKind.READER: BEGAN.size + 1, RecordKind.OVERLAP: REPLACED.size}
