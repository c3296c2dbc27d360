"""What a look at a folder says of a file: by that it is known again, while nobody reads it."""

import os
from typing import NamedTuple


class Stamp(NamedTuple):
    """What a look at the folder says of a file: it changes when the file does.

    No program can set the time of the last change of state, so a file that is written to has
    another one, whatever its time of change says. An object of a store has its size, and what
    its ETag comes to in place of the inode.
    """

    size_bytes: int
    mtime_ns: int
    device: int
    inode: int
    ctime_ns: int


def stamp_from(found: os.stat_result) -> Stamp:
    """Return the stamp of a file by what was found of it."""
    return Stamp(found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino, found.st_ctime_ns)
