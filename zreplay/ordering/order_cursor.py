"""A place in the order of several files, from which reading resumes exactly.

The blocks at these places hold quotes up to `last_key`, which are skipped, and quotes after it.
Whoever goes on after any later key may start here too.
"""

import struct
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from protocol.limits import INT64_MIN
from zreplay.recordings.source_block import FilePlace

_RESUME: Final = struct.Struct("<IHIHqq")
"""Offset and line in 48 bits each, lowest first, the accepted and the largest timestamp. A line
of 0 is not known, a timestamp of INT64_MIN is none."""
_LOW: Final = 2**32 - 1
PLACE_BYTES: Final = _RESUME.size

Key = tuple[int, int]
"""(arrival_ns, position): the total order of all quotes."""


class Resume(msgspec.Struct, frozen=True, gc=False):
    """Where a file resumes, and the largest timestamp before it, None if there is none."""

    place: FilePlace
    newest_ns: int | None


class OrderCursor(NamedTuple):
    """A key, and for each file, packed, a place before which no quote is behind that key."""

    last_key: Key
    places: bytes

    @classmethod
    def of(cls, last_key: Key, files: Iterable[Resume]) -> "OrderCursor":
        return cls(last_key, b"".join(map(packed, files)))

    def not_after(self, starts: Mapping[int, Resume]) -> "OrderCursor":
        """Return the same with earlier places for some files, by their numbers."""
        if not starts:
            return self
        files = list(self.files)
        for number, start in starts.items():
            if start.place.offset < files[number].place.offset:
                files[number] = start
        return OrderCursor.of(self.last_key, files)

    @property
    def files(self) -> tuple[Resume, ...]:
        """Where each file resumes, in the order of their numbers."""
        return tuple([_unpacked(*each) for each in _RESUME.iter_unpack(self.places)])


def packed(file: Resume) -> bytes:
    """Return a place as it is stored, in PLACE_BYTES."""
    offset, line = file.place.offset, file.place.line or 0
    accepted_ns, newest_ns = file.place.accepted_ns, file.newest_ns
    times_ns = [INT64_MIN if ns is None else ns for ns in (accepted_ns, newest_ns)]
    return _RESUME.pack(offset & _LOW, offset >> 32, line & _LOW, line >> 32, *times_ns)


def _unpacked(
    low_offset: int,
    high_offset: int,
    low_line: int,
    high_line: int,
    accepted_ns: int,
    newest_ns: int,
) -> Resume:
    offset, line = high_offset << 32 | low_offset, high_line << 32 | low_line
    accepted, newest = (None if ns == INT64_MIN else ns for ns in (accepted_ns, newest_ns))
    return Resume(FilePlace(offset, line or None, accepted), newest)
