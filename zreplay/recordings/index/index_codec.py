"""An index as bytes, and back; anything damaged, of another version or another file is rejected.

    magic 8 | version u32 | entries u32 | is whole u32 | key 16 | ends 32 | 11 i64 each | crc32 u32

Little-endian. `ends` is a digest of the long ends of the file. Each entry is its place (offset,
line, accepted timestamp), rows, refused rows, least and greatest arrival, newest timestamp,
`behind_ns`, and timestamp and arrival of its row; of the whole, which comes last, the row is 0. A
line of 0 is not known, INT64_MIN is no timestamp.
"""

import struct
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import astuple

from protocol.checksum import crc32
from protocol.limits import INT64_MIN
from zreplay.recordings.index.entries import NO_ROW, FileIndex, FirstRow, IndexEntry, Prefix
from zreplay.recordings.source_block import FilePlace

VERSION: Final = 3
"""It rises with each change of this form, and of what is a row or a stray."""

KEY_BYTES: Final = 16
ENDS_BYTES: Final = 32
_MAGIC: Final = b"ZRPINDEX"
_HEAD: Final = struct.Struct(f"<8sIII{KEY_BYTES}s{ENDS_BYTES}s")
_SUM: Final = struct.Struct("<I")
_INT64: Final = np.dtype("<i8")
_NUMBERS: Final = 11
_TOO_MANY: Final = 2**48
"""No place, and no count of rows, has as many bits: positions and cursors have no room for them."""


class Decoded(NamedTuple):
    """An index, and the digest of the ends of its file."""

    entries: FileIndex
    ends: bytes


def encode(index: FileIndex, key: bytes, ends: bytes) -> bytes:
    """Return an index as bytes; `key` and `ends` say of what file it is."""
    entries = list(index.entries)
    if index.whole is not None:
        entries.append(IndexEntry(index.whole, NO_ROW))
    numbers = np.array([_numbers(entry) for entry in entries], _INT64)
    head = _HEAD.pack(_MAGIC, VERSION, len(index.entries), index.whole is not None, key, ends)
    data = head + numbers.tobytes()
    return data + _SUM.pack(crc32(data))


def decode(data: bytes, key: bytes) -> Decoded | None:
    """Return the index of this key, None if these bytes are not one."""
    if len(data) < _HEAD.size + _SUM.size:
        return None
    magic, version, count, is_whole, its_key, ends = _HEAD.unpack_from(data)
    body = memoryview(data)[_HEAD.size : -_SUM.size]
    size = (count + bool(is_whole)) * _NUMBERS * _INT64.itemsize
    if (magic, version, its_key, len(body)) != (_MAGIC, VERSION, key, size):
        return None
    if (crc32(data[: -_SUM.size]),) != _SUM.unpack_from(data, len(data) - _SUM.size):
        return None
    rows = np.frombuffer(body, _INT64).reshape(-1, _NUMBERS).tolist()
    entries = [_entry(*row) for row in rows]
    last = entries.pop() if is_whole else None
    if is_whole > 1 or (last is not None and last.row != NO_ROW):
        return None
    whole = None if last is None else last.before
    prefixes = [entry.before for entry in entries] + ([whole] if whole else [])
    if not all(map(_is_possible, prefixes)):
        return None
    if not all(_follows(one, other) for one, other in pairwise(prefixes)):
        return None
    return Decoded(FileIndex(entries, whole), ends)


def _is_possible(prefix: Prefix) -> bool:
    counts = (prefix.place.offset, prefix.place.line or 0, prefix.rows, prefix.refused)
    return all(0 <= count < _TOO_MANY for count in counts) and prefix.behind_ns >= 0


def _follows(one: Prefix, other: Prefix) -> bool:
    return (
        one.place.offset <= other.place.offset
        and one.rows <= other.rows
        and one.refused <= other.refused
        and one.least_arrival_ns >= other.least_arrival_ns
        and one.greatest_arrival_ns <= other.greatest_arrival_ns
        and one.newest_ns <= other.newest_ns
        and one.behind_ns <= other.behind_ns
    )


def _numbers(entry: IndexEntry) -> tuple[int, ...]:
    place, *rest = astuple(entry.before)
    accepted_ns = INT64_MIN if place.accepted_ns is None else place.accepted_ns
    return (place.offset, place.line or 0, accepted_ns, *rest, *astuple(entry.row))


def _entry(offset: int, line: int, accepted_ns: int, *rest: int) -> IndexEntry:
    place = FilePlace(offset, line or None, None if accepted_ns == INT64_MIN else accepted_ns)
    return IndexEntry(Prefix(place, *rest[:6]), FirstRow(*rest[6:]))
