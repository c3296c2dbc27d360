"""A message <-> the bytes of one frame.

    +------+---------+------+-----------+----------------------------------+
    | "ZR" | version | type | crc32(LE) | body: a msgpack array            |
    | 2 B  | u8      | u8   | u32       | the message's fields, in order   |
    +------+---------+------+-----------+----------------------------------+

The crc covers the body. Columns and texts are msgpack bin, names and reasons are str,
nested tuples are arrays. Change a field, and VERSION changes with it; the header never changes,
so that a program that meets another version can report it.
"""

import struct
from collections.abc import Iterator
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # ships no types
from msgspec import MsgspecError
from msgspec.msgpack import Decoder, Encoder
from msgspec.structs import astuple

from protocol.checks import misfit, named
from protocol.checksum import crc32
from protocol.errors import MalformedMessage, OtherVersion
from protocol.limits import MAX_FRAME_BYTES
from protocol.messages import (
    Ack,
    Batch,
    Buffer,
    FencedNotice,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Result,
    Welcome,
)
from protocol.travelling import Travelling

MAGIC: Final = b"ZR"
VERSION: Final = 7
HEADER: Final = struct.Struct("<2sBBI")
LARGE_BYTES: Final = 64 * 1024
"""From here on msgpack has the same head for a bin, whatever its length: 0xC6 and a u32."""

_BIN32_BYTE: Final = 0xC6
_BIN32: Final = struct.Struct(">BI")

TYPES: Final[dict[int, type[Any]]] = {
    1: Batch,
    2: Result,
    10: Hello,
    11: Offer,
    12: Welcome,
    13: Ping,
    14: Ack,
    15: Report,
    16: FencedNotice,
    17: Refused,
}
_encoder: Final = Encoder()
_DECODERS: Final = {kind: Decoder(kind) for kind in TYPES.values()}
_TYPE_NUMBERS: Final = {kind: number for number, kind in TYPES.items()}


def encode(message: Message) -> bytes:
    """Return the one frame of a message."""
    if not _is_large(message):
        body = _encoder.encode(message)
        return _header(message, crc32(body)) + body
    packer = msgpack.Packer(autoreset=False)
    pieces = [*_pieces(packer, message), packer.bytes()]
    crc = 0
    for piece in pieces:
        crc = crc32(piece, crc)
    return b"".join((_header(message, crc), *pieces))


def _header(message: Message, crc: int) -> bytes:
    return HEADER.pack(MAGIC, VERSION, _TYPE_NUMBERS[type(message)], crc)


def _is_large(message: Message) -> bool:
    if isinstance(message, Batch):
        return 8 * message.count >= LARGE_BYTES
    if not isinstance(message, Result):
        return False
    size = len(message.mids) + len(message.errors) + sum(map(len, message.outputs))
    return size >= LARGE_BYTES


def _pieces(packer: msgpack.Packer, value: Any) -> Iterator[Buffer]:
    """Yield the bytes that `pack` returns, large fields as they are, so that they are copied once.

    What follows the last large field is left in the packer.
    """
    fields = value if isinstance(value, tuple) else astuple(value)
    packer.pack_array_header(len(fields))
    for field in fields:
        if _is_of_pieces(field):
            yield from _pieces(packer, field)
        elif isinstance(field, Buffer) and len(field) >= LARGE_BYTES:
            yield packer.bytes()
            packer.reset()
            yield _BIN32.pack(_BIN32_BYTE, len(field))
            yield field
        else:
            packer.pack(field)


def _is_of_pieces(field: Any) -> bool:
    """Return whether a field is a message's own structure or a row of bytes, not one value."""
    if isinstance(field, tuple):
        return bool(field) and isinstance(field[0], (Travelling, Buffer))
    return isinstance(field, Travelling)


def decode(frame: Buffer) -> Message:
    """Return the checked message of a frame; its large fields are slices of the frame.

    Raises:
        OtherVersion: it is intact, but of another version of the protocol.
        MalformedMessage: the magic, crc, arity, a type, a length or a range of it does not
            hold. The text says which.
    """
    if len(frame) < HEADER.size:
        raise MalformedMessage(f"frame of {len(frame)} bytes has no header")
    if len(frame) > MAX_FRAME_BYTES:
        raise MalformedMessage(f"frame of {len(frame)} bytes is over {MAX_FRAME_BYTES}")
    magic, version, number, crc = HEADER.unpack_from(frame)
    if magic != MAGIC:
        raise MalformedMessage(f"magic was {magic!r}, expected {MAGIC!r}")
    body = memoryview(frame).toreadonly()[HEADER.size :]
    if crc32(body) != crc:
        raise MalformedMessage(f"crc of a message of type {number} does not match its body")
    if version != VERSION:
        raise OtherVersion(version, VERSION)
    kind = TYPES.get(number)
    if kind is None:
        raise MalformedMessage(f"message type was {number}, which is unknown")
    try:
        message: Message = _DECODERS[kind].decode(body)
    except (MsgspecError, RecursionError) as error:
        raise MalformedMessage(f"{kind.__name__}: {named(kind, str(error))}") from None
    except UnicodeDecodeError as error:
        raise MalformedMessage(f"{kind.__name__}: text is not UTF-8: {error.reason}") from None
    if problem := misfit(message):
        raise MalformedMessage(f"{kind.__name__}: {problem}")
    return message
