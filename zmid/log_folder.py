"""The sink's folder on a real disk: its lock, and the three files of a result log.

mid_prices.log  errors.log     the product
commit.ring                    16 slots of 64 KiB (zmid/commit_record.py)
sink.lock                      held while the sink lives; names its pid
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

from protocol.errors import ResultLogError
from protocol.folder_lock import FolderLock
from protocol.messages import Buffer
from zmid.commit_record import SLOT_BYTES, SLOTS
from zmid.result_log import LogFiles

MIDS: Final = "mid_prices.log"
ERRORS: Final = "errors.log"
RING: Final = "commit.ring"
_OTHER_FOLDER: Final = "choose another folder: --out DIR"


class DiskFile:
    """A file of the operating system, by offset; see `result_log.LogFile`."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        # Not O_APPEND: on Linux it makes pwrite forget the offset.
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def size_bytes(self) -> int:
        return os.fstat(self._fd).st_size

    def read(self, length_bytes: int, offset: int) -> bytes:
        parts = []
        while length_bytes > 0 and (part := os.pread(self._fd, length_bytes, offset)):
            parts.append(part)
            length_bytes, offset = length_bytes - len(part), offset + len(part)
        return b"".join(parts)

    def write(self, data: Buffer, offset: int) -> int:
        return os.pwrite(self._fd, data, offset)

    def truncate(self, length_bytes: int) -> None:
        os.ftruncate(self._fd, length_bytes)

    def sync(self) -> None:
        if sys.platform == "darwin":
            import fcntl  # fsync does not reach the platter there

            fcntl.fcntl(self._fd, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(self._fd)

    def is_in_place(self) -> bool:
        """Tell whether the path still leads to this file."""
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._fd))
        except OSError:
            return False

    def close(self) -> None:
        os.close(self._fd)


class LogFolder:
    """One sink's hold on a folder.

    Raises:
        ResultLogError: the folder cannot be used, or another sink holds it.
    """

    def __init__(self, folder: Path, *, is_fresh: bool = False, lock_wait_ns: int = 0) -> None:
        self._folder = folder
        self._lock = FolderLock(folder, "sink.lock", "sink", lock_wait_ns, _OTHER_FOLDER)
        self._files: list[DiskFile] = []
        try:
            if is_fresh:
                self._remove()
            self._files += [DiskFile(folder / name) for name in (MIDS, ERRORS, RING)]
            self._allocate_ring(self._files[2])
        except OSError as error:
            self.close()
            raise ResultLogError(
                f"cannot write in {folder}: {error.strerror}", fix=_OTHER_FOLDER
            ) from error
        self.files = LogFiles(str(folder), *self._files)

    def check(self) -> None:
        """Raise ResultLogError if a file was removed or replaced: nobody would see the lines."""
        for file in self._files:
            if not file.is_in_place():
                raise ResultLogError(
                    f"{self._folder / file.name} was removed or replaced while in use",
                    fix="restart the sink with --fresh, or put the folder back and restart it",
                )

    def close(self) -> None:
        for file in self._files:
            file.close()
        self._lock.release()

    def _remove(self) -> None:
        # The ring first: logs without a ring are refused, whenever this is killed.
        for name in (RING, MIDS, ERRORS):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._folder / name)

    def _allocate_ring(self, ring: DiskFile) -> None:
        """Give every slot its room on disk now, so that a full disk can still let in."""
        missing_bytes = SLOTS * SLOT_BYTES - ring.size_bytes()
        if missing_bytes <= 0:
            return
        while missing_bytes > 0:
            missing_bytes -= ring.write(bytes(missing_bytes), ring.size_bytes())
        for file in self._files:
            file.sync()
        folder_fd = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder_fd)
        finally:
            os.close(folder_fd)
