"""The records of a capture: messages as received, connects, and why a connection was lost.

body   = record, *record
record = kind u8, recv_ns i64, length u32, payload    a message, an address or a reason
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import InputError

RECORD: Final = struct.Struct("<BqI")


class RecordKind(IntEnum):
    """What a record holds: a message, an address connected to, why a connection was lost."""

    MESSAGE = 1
    CONNECTED = 2
    DISCONNECTED = 3


_KINDS: Final = frozenset(RecordKind)


class Captured(NamedTuple):
    """A record to be written; `recv_ns` is Unix time."""

    kind: RecordKind
    recv_ns: int
    payload: bytes

    @property
    def size_bytes(self) -> int:
        return RECORD.size + len(self.payload)


class Record(NamedTuple):
    """A record as read; `offset` is the byte of the file where it begins."""

    kind: int
    recv_ns: int
    payload: memoryview
    offset: int


def damaged(path: Path, what: str) -> InputError:
    return InputError(
        f"{path} is damaged: {what}",
        fix="move it away; what was captured and not yet sent is lost with it",
        code="Z406",
    )


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
        end = payload_start + length
        if end > len(body):
            raise damaged(path, f"the record at byte {offset + start} is cut off")
        if kind not in _KINDS:
            raise damaged(path, f"the record at byte {offset + start} has an unknown kind: {kind}")
        yield Record(kind, recv_ns, body[payload_start:end], offset + start)
        start = end
