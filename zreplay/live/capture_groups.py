"""The groups of a capture: the records of one write, whole or not there. Pure.

    group = length u32, crc32 u32, body, length u32      length and crc32 are the body's
    body  = the records of zreplay/live/capture_records.py

Little-endian. Because its length is at both ends, the last whole group is found from the end of
the file, however long that is.
"""

import struct
from typing import Final

from protocol.checksum import crc32

MAX_GROUP_BYTES: Final = 2 * 1024 * 1024
GROUP_HEAD: Final = struct.Struct("<II")
GROUP_TAIL: Final = struct.Struct("<I")
FRAME_BYTES: Final = GROUP_HEAD.size + GROUP_TAIL.size


def group_of(body: bytes) -> bytes:
    """Return the bytes of a group with this body.

    Raises:
        ValueError: it is too long.
    """
    length = len(body)
    if length > MAX_GROUP_BYTES:
        raise ValueError(f"group of {length} bytes is over {MAX_GROUP_BYTES}")
    return GROUP_HEAD.pack(length, crc32(body)) + body + GROUP_TAIL.pack(length)


def last_group(window: bytes) -> tuple[int, memoryview]:
    """Return the end of the last whole group in the window, 0 if none, and its body."""
    view = memoryview(window)
    for end in range(len(view), FRAME_BYTES, -1):
        (length,) = GROUP_TAIL.unpack_from(view, end - GROUP_TAIL.size)
        start = end - length - FRAME_BYTES
        if not length or start < 0:
            continue
        head_length, crc = GROUP_HEAD.unpack_from(view, start)
        body = view[start + GROUP_HEAD.size : end - GROUP_TAIL.size]
        if head_length == length and crc32(body) == crc:
            return end, body
    return 0, view[:0]
