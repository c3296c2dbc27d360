"""The files of a result log, as the few operations that recovery is built on.

A class of its own, so that a test can replace it with a disk that dies between any two.
"""

import os
from pathlib import Path
from typing import Final, Protocol

from protocol.errors import NO_ROOM_ERRNOS, ResultLogError, write_fix
from protocol.json_text import utf8_text
from protocol.messages import Buffer
from protocol.program.failpoint import reach

SEE_TO_DISK: Final = "check the disk, then restart the sink: it resumes from the last commit"


class DiskFull(Exception):
    """The disk is full for now; the part that was done has been undone."""


class Disk(Protocol):
    """Files by name."""

    def size(self, name: str) -> int: ...

    def read(self, name: str, offset: int, length: int) -> bytes: ...

    def write(self, name: str, offset: int, data: Buffer) -> None:
        """Write it all, or raise DiskFull."""
        ...

    def truncate(self, name: str, length: int) -> None: ...

    def sync(self, name: str) -> None: ...


class Folder:
    """A real folder; the files are opened once and stay open."""

    def __init__(self, path: Path, names: tuple[str, ...]) -> None:
        self._path = path
        self._fds: dict[str, int] = {}
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            for name in names:
                self._fds[name] = os.open(path / name, flags, 0o644)
            folder_fd = os.open(path, os.O_RDONLY)
            os.fsync(folder_fd)
            os.close(folder_fd)
        except OSError as error:
            raise self._failed("open", str(path), error) from error

    def size(self, name: str) -> int:
        return os.fstat(self._fds[name]).st_size

    def read(self, name: str, offset: int, length: int) -> bytes:
        try:
            reach("disk.read")
            return os.pread(self._fds[name], length, offset)
        except OSError as error:
            raise self._failed("read", name, error) from error

    def write(self, name: str, offset: int, data: Buffer) -> None:
        view = memoryview(data)
        try:
            reach("disk.write")
            while view:
                written = os.pwrite(self._fds[name], view, offset)
                offset += written
                view = view[written:]
        except OSError as error:
            raise self._failed("write", name, error) from error

    def truncate(self, name: str, length: int) -> None:
        try:
            reach("disk.cut")
            os.ftruncate(self._fds[name], length)
        except OSError as error:
            raise self._failed("cut", name, error) from error

    def sync(self, name: str) -> None:
        try:
            reach("disk.sync")
            os.fsync(self._fds[name])
        except OSError as error:
            raise self._failed("sync", name, error) from error

    def check_in_place(self) -> None:
        """Raise ResultLogError if a file was removed or replaced: its lines would be lost."""
        for name, fd in self._fds.items():
            try:
                is_in_place = os.path.samestat(os.stat(self._path / name), os.fstat(fd))
            except OSError:
                is_in_place = False
            if not is_in_place:
                raise ResultLogError(
                    f"{self._path / name} was removed or replaced while in use",
                    fix="put it back and restart the sink, or start over with --fresh",
                    code="Z606",
                )

    def close(self) -> None:
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def _failed(self, verb: str, name: str, error: OSError) -> Exception:
        if error.errno in NO_ROOM_ERRNOS:
            return DiskFull(utf8_text(f"{self._path}: {error.strerror}"))  # it travels
        return ResultLogError(
            f"cannot {verb} {name} in {self._path}: {error.strerror}",
            fix=write_fix(error, SEE_TO_DISK),
            code="Z602",
        )
