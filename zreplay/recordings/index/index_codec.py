"""An index as bytes, and back; anything damaged, of another version or another file is rejected.

    magic 8 | version u32 | entries u32 | is whole u32 | key 16 | 11 i64 each | crc32 u32

Little-endian. Each entry is its place (offset, line, accepted timestamp), rows, refused rows,
least and greatest arrival, newest timestamp, `behind_ns`, and timestamp and arrival of its row;
of the whole, which comes last, the row is 0. A line of 0 is unknown, INT64_MIN means none.
"""

import struct
from itertools import pairwise
from typing import Final

import numpy as np

from protocol.checksum import crc32
from protocol.limits import INT64_MIN
from zreplay.recordings.index.entries import FileIndex, FirstRow, IndexEntry, Prefix
from zreplay.recordings.source_block import FilePlace

VERSION: Final = 1
"""Raised with each change of this format, and of what counts as a row or a stray."""

KEY_BYTES: Final = 16
_MAGIC: Final = b"ZRPINDEX"
_HEAD: Final = struct.Struct(f"<8sIII{KEY_BYTES}s")
_SUM: Final = struct.Struct("<I")
_INT64: Final = np.dtype("<i8")
_NUMBERS: Final = 11
_NO_ROW: Final = FirstRow(0, 0)


def encode(index: FileIndex, key: bytes) -> bytes:
    """Return an index as bytes; `key` identifies what it indexes."""
    entries = list(index.entries)
    if index.whole is not None:
        entries.append(IndexEntry(index.whole, _NO_ROW))
    numbers = np.array([_numbers(entry) for entry in entries], _INT64)
    head = _HEAD.pack(_MAGIC, VERSION, len(index.entries), index.whole is not None, key)
    data = head + numbers.tobytes()
    return data + _SUM.pack(crc32(data))


def decode(data: bytes, key: bytes) -> FileIndex | None:
    """Return the index of this key, None if these bytes are not one."""
    if len(data) < _HEAD.size + _SUM.size:
        return None
    magic, version, count, is_whole, its_key = _HEAD.unpack_from(data)
    body = memoryview(data)[_HEAD.size : -_SUM.size]
    size = (count + bool(is_whole)) * _NUMBERS * _INT64.itemsize
    if (magic, version, its_key, len(body)) != (_MAGIC, VERSION, key, size):
        return None
    if (crc32(data[: -_SUM.size]),) != _SUM.unpack_from(data, len(data) - _SUM.size):
        return None
    rows = np.frombuffer(body, _INT64).reshape(-1, _NUMBERS).tolist()
    entries = [_entry(*row) for row in rows]
    whole = entries.pop().before if is_whole else None
    prefixes = [entry.before for entry in entries] + ([whole] if whole else [])
    if not all(_follows(one, other) for one, other in pairwise(prefixes)):
        return None
    return FileIndex(entries, whole)


def _follows(one: Prefix, other: Prefix) -> bool:
    return (
        one.place.offset <= other.place.offset
        and one.rows <= other.rows
        and one.refused <= other.refused
        and one.greatest_arrival_ns <= other.greatest_arrival_ns
        and one.behind_ns <= other.behind_ns
    )


def _numbers(entry: IndexEntry) -> tuple[int, ...]:
    (offset, line, accepted_ns), *rest = entry.before
    accepted_ns = INT64_MIN if accepted_ns is None else accepted_ns
    return (offset, line or 0, accepted_ns, *rest, *entry.row)


def _entry(offset: int, line: int, accepted_ns: int, *rest: int) -> IndexEntry:
    place = FilePlace(offset, line or None, None if accepted_ns == INT64_MIN else accepted_ns)
    return IndexEntry(Prefix(place, *rest[:6]), FirstRow(*rest[6:]))
