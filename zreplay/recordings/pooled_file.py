"""A file to be read at any place, kept open only while there is room for it in a pool.

Hundreds of recordings are read in turn, and a process may not have that many files open: the
least recently read are closed, and reopened when they are read again.
"""

import os
import resource
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.regular_file import open_bytes

MOST_IDLE: Final = 4096
"""How many idle files stay open, or half of what a process may have, if that is less."""


class PooledFile:
    """A file of `size_bytes` when it was first opened. One thread reads it at a time.

    Raises:
        InputError: it is missing, not a regular file, or not readable by this user.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        file = open_bytes(path)
        self.size_bytes = os.fstat(file.fileno()).st_size
        self._identity = _identity(file)
        _IDLE.put(self, file)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Yield its descriptor, for the duration of the context.

        Raises:
            InputError: it cannot be reopened, or is another file now.
        """
        file = _IDLE.take(self) or self._again()
        try:
            yield file.fileno()
        finally:
            _IDLE.put(self, file)

    def close(self) -> None:
        """Close it; a later read reopens it."""
        file = _IDLE.take(self)
        if file is not None:
            file.close()

    def _again(self) -> FileIO:
        file = open_bytes(self._path)
        if _identity(file) != self._identity:
            file.close()
            raise InputError(
                f"{self._path}: is no longer the file that was first opened",
                fix="give the one that began the run, and leave it in place",
                code="Z401",
            )
        return file


class _Idle:
    """The files that are open and not being read. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[PooledFile, FileIO] = OrderedDict()

    def take(self, owner: PooledFile) -> FileIO | None:
        with self._lock:
            return self._files.pop(owner, None)

    def put(self, owner: PooledFile, file: FileIO) -> None:
        with self._lock:
            self._files[owner] = file
            is_full = len(self._files) > _most_idle()
            oldest = self._files.popitem(last=False)[1] if is_full else None
        if oldest is not None:
            oldest.close()


_IDLE: Final = _Idle()


def _most_idle() -> int:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_IDLE if allowed == resource.RLIM_INFINITY else min(MOST_IDLE, allowed // 2)


def _identity(file: FileIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino
