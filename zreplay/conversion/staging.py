"""A file or folder that appears under its name once it is whole, and not before.

It is written beside, as `.NAME.part`, and renamed: whatever is killed, what is called NAME is whole
or is what was there before. What a killed process left beside is replaced by the next, never
continued. `.NAME.part` is locked meanwhile: of two at a time, the second is refused.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from protocol.errors import NO_ROOM_ERRNOS, NoRoom, ResultLogError, SettingsError, write_fix
from protocol.program.failpoint import reach

MARK: Final = ".zreplay-dataset"
"""A folder with this file was made here, and may be replaced."""


class Staging:
    """Holds `part`, which `commit` renames to `out`; without it, nothing stays.

    Raises:
        SettingsError: `out` is there and may not be replaced.
        ResultLogError: it cannot be written there, or another process is about to.
    """

    def __init__(self, out: Path, *, is_folder: bool, may_replace: bool) -> None:
        self.out = Path(os.path.realpath(out))
        self._named = out
        self._is_folder = is_folder
        self._may_replace = may_replace
        self.part = self.out.with_name(f".{self.out.name}.part")
        self._old = self.out.with_name(f".{self.out.name}.old")
        self._fd = -1

    def __enter__(self) -> Self:
        with self.reported():
            _make_folder(self.out.parent)
            self._take()
            try:
                self._mend()
                self._check()
            except BaseException:
                self._release()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self._release()

    def commit(self) -> None:
        """Give what was written its name.

        Raises:
            SettingsError: something of that name has appeared meanwhile.
            ResultLogError: it cannot be renamed.
        """
        with self.reported():
            self._check()
            if self._is_folder:
                (self.part / MARK).touch()
            is_there = os.path.lexists(self.out)
            if is_there and (self._is_folder or self.out.is_dir()):
                # A folder takes no other's place at once: between these two, the old one waits.
                os.rename(self.out, self._old)
                reach("convert.between_renames")
            reach("convert.before_rename")
            os.replace(self.part, self.out)
            reach("convert.after_rename")
            _remove(self._old)

    @contextlib.contextmanager
    def reported(self) -> Iterator[None]:
        """Say of an error of the disk which file could not be written."""
        try:
            yield
        except OSError as error:
            what = f"cannot write {self._named}: {error.strerror or error}"
            if error.errno in NO_ROOM_ERRNOS:
                raise NoRoom(what, fix="free some space; nothing is left of it") from error
            raise ResultLogError(what, fix=write_fix(error), code="Z602") from error

    def _take(self) -> None:
        """Lock an empty `part`."""
        while True:
            fd = self._opened()
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(fd)
                raise ResultLogError(
                    f"another process is about to write {self._named}",
                    fix="wait for it or end it, or write another file",
                    code="Z601",
                ) from None
            if self._is_still_there(fd):
                is_folder = stat.S_ISDIR(os.fstat(fd).st_mode)
                if is_folder == self._is_folder and _is_empty(self.part):
                    self._fd = fd
                    return
                _remove(self.part)  # which one that was killed left
            os.close(fd)

    def _opened(self) -> int:
        with contextlib.suppress(FileExistsError):
            if self._is_folder:
                self.part.mkdir()
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                os.close(os.open(self.part, flags, 0o666))
        return os.open(self.part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def _is_still_there(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), os.lstat(self.part))
        except FileNotFoundError:  # whoever held it has ended meanwhile
            return False

    def _release(self) -> None:
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                if self._is_still_there(self._fd):
                    _remove(self.part)
            os.close(self._fd)
            self._fd = -1

    def _mend(self) -> None:
        """Put back, or remove, what one that was killed while it replaced a folder left."""
        if os.path.lexists(self._old):
            if os.path.lexists(self.out):
                _remove(self._old)
            else:
                os.rename(self._old, self.out)

    def _check(self) -> None:
        """Look whether the name is free, or may be given to another."""
        if not os.path.lexists(self.out):
            return
        mode = os.lstat(self.out).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise SettingsError(
                f"{self._named} is neither a file nor a folder", fix="write another file"
            )
        if stat.S_ISDIR(mode) and not (self._is_folder and _is_ours(self.out)):
            raise SettingsError(
                f"{self._named} is a folder that was not made by a conversion",
                fix="write another file, or remove the folder",
            )
        if not self._may_replace and not (stat.S_ISDIR(mode) and _is_empty(self.out)):
            raise SettingsError(f"{self._named} is there already", fix="--force replaces it")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error


def _is_ours(folder: Path) -> bool:
    return (folder / MARK).exists() or _is_empty(folder)


def _is_empty(path: Path) -> bool:
    if path.is_dir():
        with os.scandir(path) as found:
            return next(found, None) is None
    return path.stat().st_size == 0


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):  # what says that it is a folder
            raise
        shutil.rmtree(path)
