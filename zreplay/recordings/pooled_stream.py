"""A pooled file as a library reads files: hundreds of them need a few descriptors."""

import io
import os
from pathlib import Path

from zreplay.recordings.pooled_file import PooledFile


class PooledStream(io.RawIOBase):
    """The bytes of a file of `size_bytes`. One thread reads at a time.

    Raises:
        InputError: it is missing, not a regular file, or not readable by this user; by `read`, it
            cannot be reopened, or is another file now.
    """

    def __init__(self, path: Path) -> None:
        self._file = PooledFile(path)
        self._place = 0
        self.size_bytes = self._file.size_bytes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        origins = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size_bytes}
        self._place = origins[whence] + offset
        return self._place

    def read(self, size: int | None = -1, /) -> bytes:
        """Return as much as was asked for, less only at the end of the file."""
        if size is None or size < 0:
            size = max(0, self.size_bytes - self._place)
        data = self._file.read_at(self._place, size)
        self._place += len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
