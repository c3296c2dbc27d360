"""Which file it is, so that what is known of one is never taken for what is known of another."""

import hashlib
import os
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import InputError
from zreplay.recordings.lobster_bytes import files_beside
from zreplay.recordings.regular_file import open_bytes

END_BYTES: Final = 4 * 1024


class Stamp(NamedTuple):
    """What a look at the folder says of a file: it changes when the file does."""

    size_bytes: int
    mtime_ns: int
    inode: int


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file, None if it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ino)


def digest_of(path: Path, stamp: Stamp) -> bytes | None:
    """Return 32 bytes that stand for size, time of change and both ends of a file.

    None if it cannot be read, or is not the file of this stamp.
    """
    digest = hashlib.sha256(f"{stamp.size_bytes} {stamp.mtime_ns} ".encode())
    try:
        with open_bytes(path) as file:
            found = os.fstat(file.fileno())
            for offset in (0, max(0, stamp.size_bytes - END_BYTES)):
                digest.update(os.pread(file.fileno(), END_BYTES, offset))
    except (InputError, OSError):
        return None
    for beside in files_beside(path):
        digest.update(f"{path.name} {stamp_of(beside)}".encode())
    is_the_same = Stamp(found.st_size, found.st_mtime_ns, found.st_ino) == stamp
    return digest.digest() if is_the_same else None
