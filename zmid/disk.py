"""The files of a result log, as the few operations that recovery is built on.

A class of its own, so that a test can replace it with a disk that dies between any two.
"""

import os
from pathlib import Path
from typing import Final, Protocol

from protocol.committed_log import segment_names
from protocol.errors import NO_ROOM_ERRNOS, ResultLogError, write_fix
from protocol.json_text import utf8_text
from protocol.messages import Buffer
from protocol.program.failpoint import reach
from protocol.result_folder import OUTPUTS, SEGMENTS, TABLE
from zmid.outside_rotation import left_of, rotated_outside

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

    def outputs(self) -> list[str]:
        """Return the names of the files there that processors have written."""
        ...

    def segments(self) -> list[str]:
        """Return the names of the files in the folder of closed segments, and in those below."""
        ...

    def rename(self, name: str, to: str) -> None:
        """Give a file another name, in the place of what has it; do it whole, or raise DiskFull."""
        ...

    def remove(self, name: str) -> None: ...

    def left_of(self, name: str) -> str | None:
        """Return the name of what another program has rotated away of a file, if any."""
        ...


class Folder:
    """A real folder; a file is opened once, at the latest when it is first used, and stays open.

    Not so a closed segment that is read: it may be removed, and there may be many.
    With `syncs` the names of files are to outlive a power failure too.
    """

    def __init__(self, path: Path, names: tuple[str, ...], *, syncs: bool = False) -> None:
        self._path = path
        self._syncs = syncs
        self._fds: dict[str, int] = {}
        try:
            for name in names:
                self._open(name)
            self._sync_folders(path)
        except OSError as error:
            raise self._failed("open", str(path), error) from error

    def size(self, name: str) -> int:
        if not self._is_closed(name):
            return os.fstat(self._fd(name)).st_size
        path = self._path / name
        return path.stat().st_size if path.exists() else 0

    def outputs(self) -> list[str]:
        folder = self._path / OUTPUTS
        names = [f"{OUTPUTS}/{name}" for name in os.listdir(folder)] if folder.is_dir() else []
        return [TABLE, *names] if (self._path / TABLE).exists() else names

    def segments(self) -> list[str]:
        return segment_names(self._path)

    def left_of(self, name: str) -> str | None:
        folder = (self._path / name).parent
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return left_of(Path(name).name, names)

    def rename(self, name: str, to: str) -> None:
        source, target = self._path / name, self._path / to
        try:
            reach("disk.rename")
            self._make_folder(target.parent)
            os.rename(source, target)
            self._forget(to)
            if to.startswith(f"{SEGMENTS}/"):
                self._forget(name)
            elif name in self._fds:
                self._fds[to] = self._fds.pop(name)
            self._sync_folders(source.parent, target.parent)
        except OSError as error:
            raise self._failed("rename", name, error) from error

    def remove(self, name: str) -> None:
        try:
            self._forget(name)
            (self._path / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._failed("remove", name, error) from error

    def read(self, name: str, offset: int, length: int) -> bytes:
        try:
            reach("disk.read")
            if not self._is_closed(name):
                return os.pread(self._fd(name), length, offset)
            with (self._path / name).open("rb") as file:
                return os.pread(file.fileno(), length, offset)
        except OSError as error:
            raise self._failed("read", name, error) from error

    def write(self, name: str, offset: int, data: Buffer) -> None:
        view = memoryview(data)
        try:
            reach("disk.write")
            while view:
                written = os.pwrite(self._fd(name), view, offset)
                offset += written
                view = view[written:]
        except OSError as error:
            raise self._failed("write", name, error) from error

    def truncate(self, name: str, length: int) -> None:
        try:
            reach("disk.cut")
            os.ftruncate(self._fd(name), length)
        except OSError as error:
            raise self._failed("cut", name, error) from error

    def sync(self, name: str) -> None:
        try:
            reach("disk.sync")
            os.fsync(self._fd(name))
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
                if left := self.left_of(name):
                    raise rotated_outside(name, left, "was replaced while in use")
                raise ResultLogError(
                    f"{self._path / name} was removed or replaced while in use",
                    fix="put it back and restart the sink, or start over with --fresh",
                    code="Z606",
                )

    def close(self) -> None:
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()

    def _fd(self, name: str) -> int:
        if name not in self._fds:
            try:
                self._make_folder((self._path / name).parent)
                self._open(name)
                self._sync_folders((self._path / name).parent)
            except OSError as error:
                raise self._failed("open", name, error) from error
        return self._fds[name]

    def _is_closed(self, name: str) -> bool:
        return name.startswith(f"{SEGMENTS}/") and name not in self._fds

    def _forget(self, name: str) -> None:
        if (fd := self._fds.pop(name, None)) is not None:
            os.close(fd)

    def _open(self, name: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._fds[name] = os.open(self._path / name, flags, 0o644)

    def _make_folder(self, path: Path) -> None:
        """Make a folder of ours, and those that it is in."""
        if not path.is_dir():
            self._make_folder(path.parent)
            path.mkdir(exist_ok=True)
            self._sync_folders(path.parent)

    def _sync_folders(self, *paths: Path) -> None:
        for path in {*paths} if self._syncs else ():
            sync_folder(path)

    def _failed(self, verb: str, name: str, error: OSError) -> Exception:
        if error.errno in NO_ROOM_ERRNOS:
            return DiskFull(utf8_text(f"{self._path}: {error.strerror}"))  # it travels
        return ResultLogError(
            f"cannot {verb} {name} in {self._path}: {error.strerror}",
            fix=write_fix(error, SEE_TO_DISK),
            code="Z602",
        )


def sync_folder(path: Path) -> None:
    """Have on disk which files are in a folder."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
