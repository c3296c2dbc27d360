"""The decompressed bytes of a .gz: through all before a place, or by its points if it has some.

Most of a file is read by isal, or zlib where that is not there: points are slower than it, and
are used for what lies far from where the reading is.
"""

from pathlib import Path
from typing import Final

from protocol.errors import InputError
from zreplay.recordings import gzip_points
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.compressed_bytes import CompressedBytes
from zreplay.recordings.gzip_points import PointedBytes
from zreplay.recordings.members import GZIP

FAR_BYTES: Final = 8 * 1024 * 1024
"""What lies no further ahead is decompressed as fast without points."""


class GzipBytes:
    """Reads one .gz.

    Raises:
        InputError: it is missing, no regular file, or not to be read by this user.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._through = CompressedBytes(path, GZIP)
        self._end = 0
        self._pointed: PointedBytes | None = None
        self._size_bytes = 0
        self._has_points = True
        """As far as is known."""

        self.size_bytes = self._through.size_bytes
        self.is_random = False

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        """Return up to `most_bytes` from an offset on; none while it is still far away.

        Raises:
            InputError: the compressed data ends too early or is damaged.
        """
        if self._pointed is None and self._has_points and self._is_far(offset):
            self._use_points()
        if self._pointed is not None:
            try:
                data = self._pointed.read(offset, most_bytes)
                return FileBytes(data, is_last=offset + len(data) >= self._size_bytes)
            except InputError:
                self._drop_points()
        found = self._through.read(offset, most_bytes)
        if found.data or found.is_last:
            self._end = offset + len(found.data)
        return found

    def share(self, offset: int) -> float:
        """Return about how much of the file lies before an offset, 0 to 1."""
        if self._size_bytes:
            return min(1.0, offset / self._size_bytes)
        return self._through.share(offset)

    def close(self) -> None:
        self._through.close()
        if self._pointed is not None:
            self._pointed.close()
            self._pointed, self._has_points = None, True

    def _is_far(self, offset: int) -> bool:
        ahead = offset - self._end
        return ahead > FAR_BYTES or (ahead < -FAR_BYTES and offset > FAR_BYTES)

    def _use_points(self) -> None:
        self._points = gzip_points.find(self._path)
        self._has_points = self._points is not None
        if self._points is not None:
            try:
                self._pointed = PointedBytes(self._path, self._points)
                self._size_bytes = self._points.size_bytes
            except InputError:
                self._drop_points()

    def _drop_points(self) -> None:
        assert self._points is not None
        gzip_points.forget(self._path, self._points)
        if self._pointed is not None:
            self._pointed.close()
        self._pointed, self._size_bytes, self._has_points = None, 0, False
