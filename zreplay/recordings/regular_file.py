"""Opening a recording: only a regular file is one, and anything else is refused by name."""

import errno
import os
import stat
from io import FileIO
from pathlib import Path

from protocol.errors import InputError


def size_of(path: Path) -> int:
    """Return the size of a recording; it is there, and of what is in it nothing was looked at.

    Raises:
        InputError: it is missing, no regular file, or not to be read by this user.
    """
    try:
        found = os.stat(path)
    except OSError:
        found = None
    if found is None or not stat.S_ISREG(found.st_mode) or not os.access(path, os.R_OK):
        with open_bytes(path) as file:  # which says what is wrong
            return os.fstat(file.fileno()).st_size
    return found.st_size


def open_bytes(path: Path) -> FileIO:
    """Open a recording.

    Raises:
        InputError: it is missing, not a regular file, or not readable by this user.
    """
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
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
        raise InputError(
            f"{path}: is {kind}, expected a recording", fix="give the path of a file", code="Z401"
        )
    return FileIO(descriptor)
