"""A place in the order of several files, from which reading resumes exactly.

The blocks at these places hold quotes that were sent and quotes that were not; `last_key` is the
line between them.
"""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import msgpack

from protocol.errors import ProtocolError
from protocol.limits import INT64_MIN
from zreplay.recordings.source_block import FilePlace

MAX_FILES: Final = 1000
"""This many places fit in a cursor of 32 KiB, whatever the numbers in them."""

_VERSION: Final = 2
_RESUME: Final = struct.Struct("<IHIHqq")
"""Offset and line in 48 bits each, lowest first, the accepted and the largest timestamp. A line
of 0 is not known, a timestamp of INT64_MIN is none."""
_LOW: Final = 2**32 - 1
PLACE_BYTES: Final = _RESUME.size

Key = tuple[int, int]
"""(arrival_ns, position): the total order of all quotes."""


class Resume(NamedTuple):
    """Where a file resumes, and the largest timestamp before it, None if there is none."""

    place: FilePlace
    newest_ns: int | None


class OrderCursor(NamedTuple):
    """The key of the last quote that was sent, and one place for each file, packed."""

    last_key: Key
    places: bytes

    @classmethod
    def of(cls, last_key: Key, files: Iterable[Resume]) -> "OrderCursor":
        return cls(last_key, b"".join(map(packed, files)))

    @property
    def files(self) -> tuple[Resume, ...]:
        """Where each file resumes, in the order of their numbers."""
        return tuple([_unpacked(*each) for each in _RESUME.iter_unpack(self.places)])

    def pack(self) -> bytes:
        return msgpack.encode((_VERSION, *self.last_key, self.places))

    @classmethod
    def unpack(cls, data: bytes, file_count: int) -> "OrderCursor":
        """Read what `pack` returned for as many files.

        Raises:
            ProtocolError: it is of another version, or of other files.
        """
        try:
            version, arrival_ns, position, places = msgpack.decode(data)
            is_known = version == _VERSION
            cursor = cls((arrival_ns, position), places)
            count = len(cursor.files if is_known else places)
        except (ValueError, TypeError, struct.error) as error:
            raise ProtocolError(
                f"the place in the files cannot be read: {error}", code="Z504"
            ) from None
        if not is_known or count != file_count:
            raise ProtocolError(
                f"the place is of version {version} and {count} files, "
                f"expected version {_VERSION} and {file_count}",
                fix="give the files and the version that began the run, or start over: --fresh",
                code="Z504",
            )
        return cursor


def packed(file: Resume) -> bytes:
    """Return a place as it is sent, in PLACE_BYTES."""
    offset, line, accepted_ns = file.place
    times_ns = [INT64_MIN if ns is None else ns for ns in (accepted_ns, file.newest_ns)]
    line = line or 0
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
