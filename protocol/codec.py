"""A message <-> the bytes of one frame.

    +------+---------+------+-----------+----------------------------------+
    | "ZR" | version | type | crc32(LE) | body: a msgpack array            |
    | 2 B  | u8      | u8   | u32       | the message's fields, in order   |
    +------+---------+------+-----------+----------------------------------+

The crc covers the body. Columns and texts are msgpack bin, names and reasons are str,
nested tuples are arrays. Change a field, and VERSION changes with it.
"""

import struct
from collections.abc import Iterator
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # ships no types
from msgspec.msgpack import Encoder
from msgspec.structs import astuple

from protocol.checks import CHECKS, Unfit
from protocol.checksum import crc32
from protocol.errors import MalformedMessage
from protocol.limits import MAX_BATCH_QUOTES, MAX_FRAME_BYTES, MAX_TEXT_CHARS
from protocol.messages import (
    Ack,
    Batch,
    Buffer,
    Columns,
    Fenced,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Result,
    Welcome,
)
from protocol.plain_body import read_plain

MAGIC: Final = b"ZR"
VERSION: Final = 1
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
    16: Fenced,
    17: Refused,
}
_encoder: Final = Encoder()
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
        return len(message.columns.index) >= LARGE_BYTES
    return isinstance(message, Result) and len(message.mids) + len(message.errors) >= LARGE_BYTES


def _pieces(packer: msgpack.Packer, value: Any) -> Iterator[Buffer]:
    """Yield the same bytes as `pack` gives, what is large as it is: it is then copied once.

    What follows the last large field is left in the packer.
    """
    fields = astuple(value)
    packer.pack_array_header(len(fields))
    for field in fields:
        if isinstance(field, Columns):
            yield from _pieces(packer, field)
        elif isinstance(field, Buffer) and len(field) >= LARGE_BYTES:
            yield packer.bytes()
            packer.reset()
            yield _BIN32.pack(_BIN32_BYTE, len(field))
            yield field
        else:
            packer.pack(field)


def decode(frame: Buffer) -> Message:
    """Return the checked message of a frame.

    Raises:
        MalformedMessage: the magic, version, crc, arity, a type, a length or a range of it
            does not hold. The text says which.
    """
    if len(frame) < HEADER.size:
        raise MalformedMessage(f"frame of {len(frame)} bytes has no header")
    if len(frame) > MAX_FRAME_BYTES:
        raise MalformedMessage(f"frame of {len(frame)} bytes is over {MAX_FRAME_BYTES}")
    magic, version, number, crc = HEADER.unpack_from(frame)
    if magic != MAGIC:
        raise MalformedMessage(f"magic was {magic!r}, expected {MAGIC!r}")
    if version != VERSION:
        raise MalformedMessage(f"protocol version was {version}, expected {VERSION}")
    kind = TYPES.get(number)
    if kind is None:
        raise MalformedMessage(f"message type was {number}, which is not known")
    body = memoryview(frame).toreadonly()[HEADER.size :]
    if crc32(body) != crc:
        raise MalformedMessage(f"crc of a {kind.__name__} does not match its body")
    plain = read_plain(kind, body)
    if plain is not None:
        return plain
    values = _unpack(body, kind)
    try:
        return CHECKS[kind](values)
    except Unfit as unfit:
        raise MalformedMessage(f"{kind.__name__}: {unfit}") from None


def _unpack(body: memoryview, kind: type[Any]) -> tuple[Any, ...]:
    try:
        values = msgpack.unpackb(
            body,
            use_list=False,
            strict_map_key=True,
            max_map_len=0,
            max_ext_len=0,
            max_bin_len=MAX_FRAME_BYTES,
            max_str_len=MAX_TEXT_CHARS * 4,
            max_array_len=MAX_BATCH_QUOTES,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"{kind.__name__}: body is not msgpack: {error}") from None
    arity = len(kind.__struct_fields__)
    if not isinstance(values, tuple) or len(values) != arity:
        raise MalformedMessage(f"{kind.__name__}: body is not an array of {arity} fields")
    return values
