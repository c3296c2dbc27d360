"""The head of a segment of a capture: which one, where it begins, and whether it was dropped. Pure.

    head = "ZRCAPTR" version u8, capture id (8 bytes), begin u64,
           dropped to u64, from i64, to i64, crc32 u32 of all before it

Little-endian. `begin` is the offset of the first group in the whole capture, the head not counted;
the file is named after it. A segment that was dropped before it was read is a head alone: the
capture goes on at `dropped to`, which is 0 otherwise, and `from` and `to` are the Unix ns between
which the lost records came. Versions 1 and 2 were one file, and end their head behind the id:
their first group has the offset 16, that of its byte.
"""

import struct
from pathlib import Path
from typing import Final, NamedTuple

from protocol.checksum import crc32
from protocol.errors import InputError

NAME: Final = b"ZRCAPTR"
VERSION: Final = 3
READABLE: Final = (1, 2, 3)
CAPTURE_ID_BYTES: Final = 8
SUFFIX: Final = ".capture"
MAGIC: Final = NAME + bytes([VERSION])

_ONE_FILE: Final = (1, 2)
ONE_FILE_HEAD_BYTES: Final = len(MAGIC) + CAPTURE_ID_BYTES
_HEAD: Final = struct.Struct(f"<8s{CAPTURE_ID_BYTES}sQQqq")
_SUM: Final = struct.Struct("<I")
HEAD_BYTES: Final = _HEAD.size + _SUM.size


class Dropped(NamedTuple):
    """What was dropped from the begin of a segment up to `to`; it came between two Unix ns."""

    to: int
    from_ns: int
    to_ns: int


class SegmentHead(NamedTuple):
    """Whose segment it is and where its groups begin: offset in the capture, byte of the file."""

    capture_id: bytes
    begin: int
    size_bytes: int = HEAD_BYTES
    dropped: Dropped | None = None

    @property
    def is_of_this_version(self) -> bool:
        return self.size_bytes == HEAD_BYTES

    def pack(self) -> bytes:
        """Return it as the file begins with it."""
        dropped = self.dropped or Dropped(0, 0, 0)
        data = _HEAD.pack(MAGIC, self.capture_id, self.begin, *dropped)
        return data + _SUM.pack(crc32(data))

    @classmethod
    def unpack(cls, data: bytes, path: Path) -> "SegmentHead":
        """Return the head that the first bytes of a file are.

        Raises:
            InputError: they are none, or of another version.
        """
        if len(data) < ONE_FILE_HEAD_BYTES or not data.startswith(NAME):
            raise InputError(
                f"{path} is not a capture: it begins with {data[:8]!r}",
                fix="move it away, or choose another state folder: --state DIR",
                code="Z406",
            )
        version, capture_id = data[len(NAME)], data[len(MAGIC) : ONE_FILE_HEAD_BYTES]
        if version not in READABLE:
            raise InputError(
                f"{path} is a capture of version {version}, this program reads {VERSION}",
                fix="use the version that wrote it, or move it away",
                code="Z406",
            )
        if version in _ONE_FILE:
            return cls(capture_id, ONE_FILE_HEAD_BYTES, ONE_FILE_HEAD_BYTES)
        is_whole = len(data) >= HEAD_BYTES
        if not is_whole or (crc32(data[: _HEAD.size]),) != _SUM.unpack_from(data, _HEAD.size):
            raise damaged(path, "its head")
        _, capture_id, begin, *dropped = _HEAD.unpack_from(data)
        return cls(capture_id, begin, HEAD_BYTES, Dropped(*dropped) if dropped[0] else None)


def name_of(begin: int) -> str:
    """Return the name of the segment whose first group has this offset: by name is in order."""
    return f"{begin:020}{SUFFIX}"


def begin_of(name: str) -> int | None:
    """Return where the segment of this name begins, None if it is not the name of one."""
    digits = name.removesuffix(SUFFIX)
    is_one = name.endswith(SUFFIX) and len(digits) == 20 and digits.isascii() and digits.isdigit()
    return int(digits) if is_one else None


def damaged(path: Path, what: str) -> InputError:
    return InputError(
        f"{path} is damaged: {what}",
        fix="move it away; what was captured and not yet sent is lost with it",
        code="Z406",
    )
