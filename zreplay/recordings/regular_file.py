"""Opening a recording: only a regular file, or an object of a store, is one.

Anything else is refused by name. But a folder may hold the segments of a capture.
"""

import errno
import os
import stat
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from protocol.errors import InputError
from zreplay.live.capture_folder import files_of, is_capture
from zreplay.recordings.object_path import ObjectPath

if TYPE_CHECKING:
    from zreplay.recordings.object_store import StoredObject


def size_of(path: Path) -> int:
    """Return the size of a recording; it is there, and of what is in it nothing was looked at.

    Raises:
        InputError: it is missing, no regular file, or not to be read by this user.
    """
    if isinstance(path, ObjectPath):
        with open_object(path) as stored:
            return stored.size_bytes
    found = found_at(path)
    if found is not None:
        return found.st_size
    if is_capture(path):
        return sum(segment.stat().st_size for segment in files_of(path))
    with open_regular(path) as file:  # which says what is wrong
        return os.fstat(file.fileno()).st_size


def found_at(path: Path) -> os.stat_result | None:
    """Return what is found of a file of this machine that may be read, None of anything else."""
    if isinstance(path, ObjectPath):
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) and os.access(path, os.R_OK) else None


def open_object(path: ObjectPath) -> "StoredObject":
    """Open an object of a store.

    Raises:
        InputError: it is not there, or cannot be reached or read by this user.
    """
    from zreplay.recordings.object_store import StoredObject  # which few recordings need

    return StoredObject(path)


def open_bytes(path: Path) -> "FileIO | StoredObject":
    """Open a recording, wherever it is; see `open_regular` and `open_object`."""
    return open_object(path) if isinstance(path, ObjectPath) else open_regular(path)


def open_regular(path: Path) -> FileIO:
    """Open a recording that is a file of this machine.

    Raises:
        InputError: it is missing, not a regular file, or not readable by this user.
    """
    return FileIO(opened(path)[0])


def opened(path: Path) -> tuple[int, os.stat_result]:
    """Return a descriptor of such a file, and what is found of it; raises the same."""
    try:
        # Without O_NONBLOCK, a named pipe would hang here until it has a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        has_no_room = error.errno in (errno.EMFILE, errno.ENFILE)
        raise InputError(
            f"{path}: cannot be opened: {error.strerror}",
            fix="raise the limit on open files: ulimit -n 4096"
            if has_no_room
            else "check the path, and that you may read it",
            code="Z401",
        ) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        kind = "a directory" if stat.S_ISDIR(found.st_mode) else "not a regular file"
        raise InputError(
            f"{path}: is {kind}, expected a recording", fix="give the path of a file", code="Z401"
        )
    return descriptor, found
