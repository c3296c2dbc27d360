"""A file to be read at any place, kept open only while there is room for it in a pool.

Hundreds of recordings are read in turn, and a process may not have that many files open: where
there is no room, the one that was read last is closed, and reopened when it is read again. To
close the least recently read instead would close each of them before it is read again.
"""

import os
import resource
import threading
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.file_stamp import Stamp, stamp_from
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.regular_file import open_object, open_regular

MOST_IDLE: Final = 8192
"""How many idle files stay open, or half of what a process may have, if that is less."""


class PooledFile:
    """A file of `size_bytes` when it was first opened. One thread reads it at a time.

    One of this machine, no object of a store, had this `stamp` then. Where somebody has looked at
    it and that is known, it is opened once it is read.

    Raises:
        InputError: it is missing, not a regular file, or not readable by this user.
    """

    def __init__(self, path: Path, stamp: Stamp | None = None) -> None:
        self._path = path
        self._object = open_object(path) if isinstance(path, ObjectPath) else None
        if self._object is not None:
            self.size_bytes = self._object.size_bytes
            return
        if stamp is None:
            file = open_regular(path)
            stamp = stamp_from(os.fstat(file.fileno()))
            _IDLE.add(self, file)
        self.stamp = stamp
        self.size_bytes = stamp.size_bytes

    @property
    def is_local(self) -> bool:
        """True of a file of this machine, which has a descriptor."""
        return self._object is None

    def read_at(self, offset: int, most_bytes: int) -> bytes:
        """Return the bytes at an offset, fewer at the end.

        Raises:
            InputError: it cannot be reopened or fetched, or is another file now.
            OSError: the disk does not give them.
        """
        if self._object is not None:
            return self._object.read_at(offset, most_bytes)
        with self as descriptor:
            return os.pread(descriptor, most_bytes, offset)

    def __enter__(self) -> int:
        """Return the descriptor of a file of this machine, for the duration of the context."""
        self._lent = LentFiles([self])
        return self._lent.descriptors[0]

    def __exit__(self, *_: object) -> None:
        self._lent.close()

    def close(self) -> None:
        """Close it; a later read reopens it."""
        file = _IDLE.take(self)
        if file is not None:
            file.close()

    def _again(self) -> FileIO:
        file = open_regular(self._path)
        found = os.fstat(file.fileno())
        if found.st_ino != self.stamp.inode or found.st_dev != self.stamp.device:
            file.close()
            raise InputError(
                f"{self._path}: is no longer the file that was first opened",
                fix="give the one that began the run, and leave it in place",
                code="Z401",
            )
        return file


class LentFiles:
    """Files of this machine that are read for a while: the `descriptors` of all of them.

    Raises:
        InputError: one of them cannot be reopened, or is another file now.
    """

    def __init__(self, files: Sequence[PooledFile]) -> None:
        idle = _IDLE.lend(files)
        lent: list[FileIO] = []
        try:
            for file, held in zip(files, idle, strict=True):
                lent.append(held or file._again())
        except InputError:
            for each in (*lent, *filter(None, idle[len(lent) :])):
                each.close()
            _IDLE.give_up(len(files))
            raise
        self._files = files
        self._lent = lent
        self.descriptors = [each.fileno() for each in lent]

    def close(self) -> None:
        """Let them go."""
        _IDLE.take_back(self._files, self._lent)
        self._files, self._lent = (), []


class _Idle:
    """The files that are open and not being read. Thread-safe.

    Those that are being read take some of their room: groups of them are, one behind the other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[PooledFile, FileIO] = {}
        self._lent_count = 0

    def take(self, owner: PooledFile) -> FileIO | None:
        with self._lock:
            return self._files.pop(owner, None)

    def add(self, owner: PooledFile, file: FileIO) -> None:
        """Keep a file that was opened, if there is room."""
        with self._lock:
            self._add([owner], [file])

    def lend(self, owners: Sequence[PooledFile]) -> list[FileIO | None]:
        """Return those that are among these of some files, all of which are being read then."""
        with self._lock:
            found = [self._files.pop(owner, None) for owner in owners]
            self._lent_count += len(owners)
            most = _most_idle()
            while self._files and len(self._files) + self._lent_count > most + most // 2:
                self._files.popitem()[1].close()
        return found

    def take_back(self, owners: Sequence[PooledFile], files: Sequence[FileIO]) -> None:
        """Keep files that were lent, where there is room."""
        with self._lock:
            self._lent_count -= len(owners)
            self._add(owners, files)

    def give_up(self, count: int) -> None:
        """Take note that so many files are not being read, nor open."""
        with self._lock:
            self._lent_count -= count

    def _add(self, owners: Sequence[PooledFile], files: Sequence[FileIO]) -> None:
        room = _most_idle() - self._lent_count - len(self._files)
        for at, (owner, file) in enumerate(zip(owners, files, strict=True)):
            if at < room:
                self._files[owner] = file
            else:
                file.close()


_IDLE: Final = _Idle()


def _most_idle() -> int:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_IDLE if allowed == resource.RLIM_INFINITY else min(MOST_IDLE, allowed // 2)
