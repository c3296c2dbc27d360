"""The identity of a file, so that the index of one is never used for another."""

import hashlib
import os
from pathlib import Path
from stat import S_ISDIR
from typing import Final

from protocol.errors import InputError
from zreplay.live.capture_folder import files_of
from zreplay.recordings.file_stamp import Stamp, stamp_from
from zreplay.recordings.lobster_bytes import files_beside
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.regular_file import open_regular

END_BYTES: Final = 4 * 1024
"""Of each end, whatever the number of files: by these an index is found."""

LONG_END_BYTES: Final = 64 * 1024
"""And so much of each end is compared, where the files are few enough."""


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file, None if it is not there."""
    if isinstance(path, ObjectPath):
        return _stamp_of_object(path)
    try:
        found = os.stat(path)
        return _stamp_of_folder(path, found) if S_ISDIR(found.st_mode) else stamp_from(found)
    except (OSError, ValueError):
        return None


def digest_of(path: Path, stamp: Stamp, end_bytes: int | None = None) -> bytes | None:
    """Return 32 bytes that stand for size, time of change and both ends of a file.

    None if it cannot be read, or is not the file of this stamp.
    """
    if isinstance(path, ObjectPath):  # the ETag is one of all its bytes
        said = hashlib.sha256(f"object {stamp}".encode()).digest()
        return said if stamp_of(path) == stamp else None
    end_bytes = END_BYTES if end_bytes is None else end_bytes
    digest = hashlib.sha256(f"{stamp.size_bytes} {stamp.mtime_ns} ".encode())
    try:
        # Nothing but a regular file has such a stamp; a pipe in its place does not block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        if S_ISDIR(os.fstat(descriptor).st_mode):
            digest.update(ends_of_folder(path, end_bytes))
            return digest.digest() if stamp_of(path) == stamp else None
        for offset in (0, max(0, stamp.size_bytes - end_bytes)):
            digest.update(os.pread(descriptor, end_bytes, offset))
        found = stamp_from(os.fstat(descriptor))
    except (InputError, OSError):
        return None
    finally:
        os.close(descriptor)
    for beside in files_beside(path):
        digest.update(f"{path.name} {stamp_of(beside)}".encode())
    return digest.digest() if found == stamp else None


def _stamp_of_object(path: ObjectPath) -> Stamp | None:
    from zreplay.recordings.object_store import stamp_of_object  # which few recordings need

    found = stamp_of_object(path)
    if found is None:
        return None
    return Stamp(found.size_bytes, 0, 0, int.from_bytes(found.digest), 0)


def ends_of_folder(path: Path, end_bytes: int) -> bytes:
    """Return so much of the two ends of the segments of a capture.

    Raises:
        InputError: one cannot be opened.
    """
    segments = files_of(path)
    ends = b""
    for segment, is_last in [(segments[0], False), (segments[-1], True)] if segments else []:
        with open_regular(segment) as file:
            size_bytes = os.fstat(file.fileno()).st_size
            ends += os.pread(file.fileno(), end_bytes, max(0, size_bytes - end_bytes) * is_last)
    return ends


def _stamp_of_folder(path: Path, found: os.stat_result) -> Stamp:
    """Return the stamp of the segments of a capture: that of the newest, with the size of all."""
    stamps = [stamp_from(segment.stat()) for segment in files_of(path)]
    size_bytes = sum(stamp.size_bytes for stamp in stamps)
    return (stamps[-1] if stamps else stamp_from(found))._replace(size_bytes=size_bytes)
