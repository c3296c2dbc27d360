"""Bytes of a file from any offset: how a CSV is read, compressed or not."""

from pathlib import Path
from typing import Final, NamedTuple, Protocol

from protocol.errors import InputError
from zreplay.recordings.pooled_file import PooledFile

LITTLE_SHARE: Final = 4
"""What is left of a file behind a stretch of it is read with it, if it is this small a part."""


class FileBytes(NamedTuple):
    """Bytes, and whether the file ends with them."""

    data: bytes
    is_last: bool


class ByteReader(Protocol):
    """Reads one file; `size_bytes` is its size on disk, 0 if that cannot be known.

    `is_random` means that any place can be read as fast as any other.
    """

    size_bytes: int
    is_random: bool

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        """Return up to `most_bytes` from an offset on; fewer if there are no more now.

        Raises:
            InputError: that part cannot be read.
        """
        ...

    def share(self, offset: int) -> float:
        """Return about how much of the file lies before an offset, 0 to 1."""
        ...

    def close(self) -> None: ...


class PlainBytes:
    """A file up to the size it had when it was opened: the run's identity includes that size.

    `file` is it, if it is open already.

    Raises:
        InputError: it is missing, not a regular file, or not readable by this user.
    """

    def __init__(self, path: Path, file: PooledFile | None = None) -> None:
        self._name = str(path)
        self._file = file or PooledFile(path)
        self.size_bytes = self._file.size_bytes
        self.is_random = True

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        wanted_bytes = min(most_bytes, self.size_bytes - offset)
        if wanted_bytes <= 0:
            return FileBytes(b"", is_last=most_bytes > 0)
        try:
            data = self._file.read_at(offset, wanted_bytes)
        except OSError as error:
            raise InputError(
                f"{self._name}: cannot be read at byte {offset}: {error.strerror}",
                fix="check the disk that holds it",
                code="Z401",
            ) from error
        if len(data) < wanted_bytes:
            raise InputError(
                f"{self._name}: the file ended at byte {offset + len(data)}, "
                f"it had {self.size_bytes} when it was opened",
                fix="give the whole file again: a finished copy, not one that is being written",
                code="Z401",
            )
        return FileBytes(data, is_last=len(data) < most_bytes)

    def stretch(self, offset: int, most_bytes: int) -> tuple[PooledFile, int, int] | None:
        """Return the file to read so many bytes from, an offset on, and how many there are.

        None at its end, and of an object of a store. A last few bytes more are among them.
        """
        rest_bytes = self.size_bytes - offset
        size = most_bytes if rest_bytes > most_bytes + most_bytes // LITTLE_SHARE else rest_bytes
        return (self._file, offset, size) if size > 0 and self._file.is_local else None

    def share(self, offset: int) -> float:
        return min(1.0, offset / max(1, self.size_bytes))

    def close(self) -> None:
        self._file.close()
