"""The identity of a file, so that the index of one is never used for another."""

import hashlib
import os
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import InputError
from zreplay.recordings.lobster_bytes import files_beside
from zreplay.recordings.regular_file import open_bytes

END_BYTES: Final = 4 * 1024
"""Of each end, whatever the number of files: by these an index is found."""

LONG_END_BYTES: Final = 64 * 1024
"""And so much of each end is compared, where the files are few enough."""


class Stamp(NamedTuple):
    """What a look at the folder says of a file: it changes when the file does.

    No program can set the time of the last change of state, so a file that is written to has
    another one, whatever its time of change says.
    """

    size_bytes: int
    mtime_ns: int
    device: int
    inode: int
    ctime_ns: int


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file, None if it is not there."""
    try:
        return _stamp(os.stat(path))
    except (OSError, ValueError):
        return None


def digest_of(path: Path, stamp: Stamp, end_bytes: int | None = None) -> bytes | None:
    """Return 32 bytes that stand for size, time of change and both ends of a file.

    None if it cannot be read, or is not the file of this stamp.
    """
    end_bytes = END_BYTES if end_bytes is None else end_bytes
    digest = hashlib.sha256(f"{stamp.size_bytes} {stamp.mtime_ns} ".encode())
    try:
        with open_bytes(path) as file:
            for offset in (0, max(0, stamp.size_bytes - end_bytes)):
                digest.update(os.pread(file.fileno(), end_bytes, offset))
            found = _stamp(os.fstat(file.fileno()))
    except (InputError, OSError):
        return None
    for beside in files_beside(path):
        digest.update(f"{path.name} {stamp_of(beside)}".encode())
    return digest.digest() if found == stamp else None


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino, found.st_ctime_ns)
