"""A file to be read at any place, open only as long as there is room for it among the others.

Hundreds of recordings are read in turn, and a process may not have so many files open: those
that were not read for the longest time are closed, and opened again when they are.
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
"""So many files stay open that nobody is reading just now, or half of what a process may have."""


class PooledFile:
    """A file of `size_bytes` when it was first opened. One thread reads it at a time.

    Raises:
        InputError: it is missing, no regular file, or not to be read by this user.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        file = open_bytes(path)
        self.size_bytes = os.fstat(file.fileno()).st_size
        self._identity = _identity(file)
        _IDLE.put(self, file)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Give its descriptor, for as long as the context is.

        Raises:
            InputError: it had to be opened again, which cannot be done, or is another file.
        """
        file = _IDLE.take(self) or self._again()
        try:
            yield file.fileno()
        finally:
            _IDLE.put(self, file)

    def close(self) -> None:
        """Let it go; whoever reads it after all opens it again."""
        file = _IDLE.take(self)
        if file is not None:
            file.close()

    def _again(self) -> FileIO:
        file = open_bytes(self._path)
        if _identity(file) != self._identity:
            file.close()
            raise InputError(
                f"{self._path}: is not the file that it was when it was first opened",
                fix="give the one that began the run, and let it stay where it is",
                code="Z401",
            )
        return file


class _Idle:
    """The files that are open and not being read. Any thread may ask."""

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
