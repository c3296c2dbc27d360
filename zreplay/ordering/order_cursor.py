"""A place in the order of several files, from which reading goes on exactly.

The blocks at these places hold quotes that were sent and quotes that were not; `last_key` says
where the line runs between them.
"""

import struct
from typing import Final, NamedTuple

from msgspec import msgpack

from protocol.errors import ProtocolError
from protocol.limits import INT64_MIN
from zreplay.recordings.source_block import FilePlace

MAX_FILES: Final = 1000
"""So many places fit in a travelling cursor of 32 KiB, whatever the numbers in them."""

_VERSION: Final = 2
_RESUME: Final = struct.Struct("<IHIHqq")
"""Offset and line in 48 bits each, lowest first, the accepted and the largest timestamp. A line
of 0 is not known, a timestamp of INT64_MIN is none."""
_LOW: Final = 2**32 - 1

Key = tuple[int, int]
"""(arrival_ns, position): the total order of all quotes."""


class Resume(NamedTuple):
    """Where a file goes on, and the largest timestamp before it, None if there is none."""

    place: FilePlace
    newest_ns: int | None


class _Begun(NamedTuple):
    """A block of which quotes came: where it begins, and the last of them to leave."""

    start: Resume
    last_key: Key


class Trail(NamedTuple):
    """The blocks of a file that may still have unsent quotes, and where it is read on.

    Never changed, only replaced: another thread may be asking it for a place.
    """

    blocks: tuple[_Begun, ...]
    end: Resume

    def resume_after(self, key: Key) -> Resume:
        """Return the place of the oldest block with a quote behind this key."""
        for block in self.blocks:
            if block.last_key > key:
                return block.start
        return self.end

    def with_block(self, start: Resume, last_key: Key) -> "Trail":
        return Trail((*self.blocks, _Begun(start, last_key)), self.end)

    def reaching(self, end: Resume) -> "Trail":
        return Trail(self.blocks, end)

    def after(self, key: Key) -> "Trail":
        """Return the trail without the oldest blocks that are wholly sent at this key."""
        sent = 0
        while sent < len(self.blocks) and self.blocks[sent].last_key <= key:
            sent += 1
        return Trail(self.blocks[sent:], self.end) if sent else self


class OrderCursor(NamedTuple):
    """The key of the last quote that was sent, and one place for each file."""

    last_key: Key
    files: tuple[Resume, ...]

    def pack(self) -> bytes:
        files = b"".join([_packed(file) for file in self.files])
        return msgpack.encode((_VERSION, *self.last_key, files))

    @classmethod
    def unpack(cls, data: bytes, file_count: int) -> "OrderCursor":
        """Read what `pack` gave for as many files.

        Raises:
            ProtocolError: it is of another version, or of other files.
        """
        try:
            version, arrival_ns, position, files = msgpack.decode(data)
            is_known = version == _VERSION
            resumes = [_unpacked(*each) for each in _RESUME.iter_unpack(files)] if is_known else []
            count = len(resumes if is_known else files)
        except (ValueError, TypeError, struct.error) as error:
            raise ProtocolError(
                f"the place in the files cannot be read: {error}", code="Z504"
            ) from None
        if not is_known or count != file_count:
            raise ProtocolError(
                f"the place is of version {version} and {count} files, "
                f"expected version {_VERSION} and {file_count}",
                fix="give the files and the version that began the run, or begin anew: --fresh",
                code="Z504",
            )
        return cls((arrival_ns, position), tuple(resumes))


def _packed(file: Resume) -> bytes:
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
