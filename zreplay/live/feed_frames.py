"""Bytes of an open websocket -> the payloads of its plain messages.

A plain message is one frame: text or binary, whole, unmasked, not compressed; nearly every
message of a feed is. Anything else (fragments, pings, a close, an error) is left to the
websocket library, frame by frame.

    frame = fin+opcode u8, length u8 (126: u16 follows, 127: u64), payload      big-endian
"""

from typing import Final, NamedTuple

TEXT: Final = 0x81
BINARY: Final = 0x82
MAX_HEAD_BYTES: Final = 10
_SHORT: Final = 126
_LONG: Final = 127
_MASKED: Final = 128


class Plain(NamedTuple):
    """Payloads in order of arrival; `end` is where they end in what was given."""

    messages: list[bytes]
    end: int


def plain_messages(data: bytes, start: int) -> Plain:
    """Return the plain messages from `start` on, up to the first frame that is not one."""
    messages: list[bytes] = []
    size = len(data)
    while size - start >= 2:
        length = data[start + 1]
        body = start + 2
        if length >= _SHORT:
            if length == _SHORT:
                body = start + 4
            elif length == _LONG:
                body = start + MAX_HEAD_BYTES
            else:
                break
            length = int.from_bytes(data[start + 2 : body])
        end = body + length
        if end > size or (data[start] != TEXT and data[start] != BINARY):
            break
        messages.append(data[body:end])
        start = end
    return Plain(messages, start)


def frame_bytes(data: bytes, start: int) -> int | None:
    """Return the length of the frame at `start`, head and all; None if that is not yet known.

    A masked frame, which no server may send, is 0 bytes long.
    """
    if len(data) - start < 2:
        return None
    length = data[start + 1]
    if length >= _MASKED:
        return 0
    if length < _SHORT:
        return 2 + length
    body = start + (4 if length == _SHORT else MAX_HEAD_BYTES)
    if len(data) < body:
        return None
    return body - start + int.from_bytes(data[start + 2 : body])


def is_control(first: int) -> bool:
    """Return whether a frame with this first byte is a ping, a pong or a close."""
    return first & 0x08 != 0


def is_final(first: int) -> bool:
    """Return whether a frame with this first byte ends its message."""
    return first & 0x80 != 0
