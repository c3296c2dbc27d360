"""What a narrow column says of itself: how its bytes are the numbers of a batch.

A wide column has 8 bytes for each of `count` numbers, int64 or float64. A narrow one has fewer in
all, and begins with a head:

    +-------+-------+------+---------+----------+----------+--------------------------+
    | scale | width | unit | has_nan | base(LE) | step(LE) | offsets: `width` bytes   |
    | u8    | u8    | u8   | u8      | i64      | i64      | each, little-endian      |
    +-------+-------+------+---------+----------+----------+--------------------------+

The integer of number i is base + offset * 10**unit, or base + i * step where the width is 0; what
is beyond an int64 wraps around. The number is the float64 nearest to integer / 10**scale, or, with
NO_SCALE, what the integer's bits say. Where `has_nan` is 1, the greatest offset stands for a NaN.
"""

import struct
from typing import Final, NamedTuple

from protocol.messages import Buffer

NARROW_FROM: Final = 256
"""Fewer quotes travel wide, and so do their lines: their bytes cost less than a look at them."""
ITEM_BYTES: Final = 8
HEAD: Final = struct.Struct("<4Bqq")
NO_SCALE: Final = 255
MAX_SCALE: Final = 15
MAX_UNIT: Final = 9
MAX_WIDTH: Final = 7
_NO_OFFSETS: Final = bytes([NO_SCALE, 0, 0, 0])


def column_of_one(bits: bytes, count: int) -> bytes:
    """Return the column of a number that stands so often; it has these 8 bytes."""
    if ITEM_BYTES * count <= HEAD.size:
        return bits * count
    return _NO_OFFSETS + bits + bytes(ITEM_BYTES)


class Head(NamedTuple):
    """The fields of a head, in their order."""

    scale: int
    width: int
    unit: int
    has_nan: int
    base: int
    step: int


def column_misfit(column: Buffer, count: int) -> str:
    """Return why a column does not hold so many numbers; empty if it does, wide or narrow."""
    size, wide_size = len(column), ITEM_BYTES * count
    if size == wide_size:
        return ""
    if not HEAD.size <= size < wide_size:
        return f"had {size} bytes, expected {wide_size}, or fewer behind a head"
    head = Head(*HEAD.unpack_from(column))
    if head.scale > MAX_SCALE and head.scale != NO_SCALE:
        return f"had scale {head.scale}, expected at most {MAX_SCALE}, or {NO_SCALE}"
    if head.width > MAX_WIDTH:
        return f"had width {head.width}, expected at most {MAX_WIDTH}"
    if head.unit > MAX_UNIT:
        return f"had unit {head.unit}, expected at most {MAX_UNIT}"
    if head.has_nan > (head.scale != NO_SCALE and head.width > 0):
        return f"had has_nan {head.has_nan}, with scale {head.scale} and width {head.width}"
    if size != (expected := HEAD.size + head.width * count):
        return f"had {size} bytes, expected {expected}, with width {head.width}"
    return ""
