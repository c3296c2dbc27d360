"""The lines of many quotes -> what they have in common once, and the rest of each, and back.

A wide text is lines, each with its line feed. A narrow one begins with a zero byte, which no line
does:

    +--------+-----------+----------------+--------------+-------+-----+----------------+-------+
    | 0: u16 | count u16 | begin size u16 | end size u16 | begin | end | sizes: u16 * n | rests |
    +--------+-----------+----------------+--------------+-------+-----+----------------+-------+

All is little-endian. Line i is begin, its rest, end. The rests lie one behind the other, each of
its size. Compiled code (zmid/compiled/rests.h) writes such texts; the Python code here, which reads
them, is the definition, and compiled code does the same.
"""

import struct
from typing import Final

from protocol.compiled_parts import TEXT, are_in_use
from protocol.errors import MalformedMessage
from protocol.limits import MAX_LOG_LINE_BYTES
from protocol.messages import Buffer

if are_in_use(TEXT):
    from protocol.compiled_text import widened as compiled_widened

HEAD: Final = struct.Struct("<4H")
_SIZE_BYTES: Final = 2


def is_narrow(text: Buffer) -> bool:
    """Return whether a text is no lines, but what they are made of."""
    return bool(text) and text[0] == 0


def widened(text: Buffer, quotes: int) -> Buffer:
    """Return the lines of a text, of which so many quotes have at most one each.

    Raises:
        MalformedMessage: it is narrow, and its parts are not what its head says.
    """
    if not is_narrow(text):
        return text
    if problem := _head_misfit(text, quotes):
        raise MalformedMessage(problem)
    try:
        return compiled_widened(text) if are_in_use(TEXT) else widened_text(text)
    except ValueError:
        raise MalformedMessage("sizes of a narrow text do not fit its rests") from None


def widened_text(narrow: Buffer) -> bytes:
    """Return the lines of a narrow text whose head fits.

    Raises:
        ValueError: the sizes of the rests do not fit.
    """
    _, count, begin_size, end_size = HEAD.unpack_from(narrow)
    end_at, sizes_at = HEAD.size + begin_size, HEAD.size + begin_size + end_size
    begin, end = narrow[HEAD.size : end_at], narrow[end_at:sizes_at]
    sizes = struct.unpack_from(f"<{count}H", narrow, sizes_at)
    at = sizes_at + _SIZE_BYTES * count
    longest = begin_size + end_size + max(sizes, default=0)
    if len(narrow) != at + sum(sizes) or longest > MAX_LOG_LINE_BYTES:
        raise ValueError
    parts: list[Buffer] = []
    for size in sizes:
        parts += (begin, narrow[at : at + size], end)
        at += size
    return b"".join(parts)


def _head_misfit(narrow: Buffer, quotes: int) -> str:
    if len(narrow) < HEAD.size:
        return f"a narrow text had {len(narrow)} bytes, expected a head of {HEAD.size}"
    zero, count, begin_size, end_size = HEAD.unpack_from(narrow)
    if zero or not 0 < count <= quotes:
        return f"a narrow text had {count} lines, expected 1 to {quotes}"
    rests_at = HEAD.size + begin_size + end_size + _SIZE_BYTES * count
    if len(narrow) < rests_at:
        return f"a narrow text had {len(narrow)} bytes, expected {rests_at} before its rests"
    return ""
