"""Points in a .gz from which it can be decompressed on, in the user's cache beside the indexes.

Rule 1: they are of a file that was read to its end without a fault: `indexed_gzip`, which makes
and uses them, takes a file that is cut off for a whole one.
Rule 2: they are found as an index is, by size, time of change and both ends of the file.

    magic 8 | version u32 | size u64 | key 16 | what indexed_gzip exports | crc32 u32
"""

import hashlib
import io
import struct
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from protocol.checksum import crc32
from protocol.errors import InputError
from protocol.program.diagnostics import Log
from zreplay.recordings.file_stamp import Stamp
from zreplay.recordings.index.file_identity import LONG_END_BYTES, digest_of, stamp_of
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.object_path import ObjectPath

SPACING_BYTES: Final = 4 * 1024 * 1024
"""Of decompressed data, between two points: they cost 32 KiB each."""

MOST_POINTS: Final = 400
LARGEST_RATIO: Final = 16
"""Text is seldom compressed to less than one in so many; what is has more points."""

_MAGIC: Final = b"ZRPGZPTS"
_VERSION: Final = 1
_KEY_BYTES: Final = 16
_HEAD: Final = struct.Struct(f"<8sIQ{_KEY_BYTES}s")
_SUM: Final = struct.Struct("<I")

_ERRORS: Final = (OSError, ValueError, EOFError, OverflowError, MemoryError)
"""What the library raises where a file or its points are damaged: its own errors are an OSError."""

log = Log("zreplay")


class Points(NamedTuple):
    """The points of a file as it was at `stamp`, of `size_bytes` once it is decompressed."""

    stamp: Stamp
    size_bytes: int
    exported: bytes


def is_installed() -> bool:
    """Tell whether the extra `gz` is there."""
    return _library() is not None


def find(path: Path, store: IndexStore | None = None) -> Points | None:
    """Return the points of a file, None if there are none of it as it is now."""
    is_here = is_installed() and not isinstance(path, ObjectPath)  # the library opens it itself
    stamp = stamp_of(path) if is_here else None
    key = None if stamp is None else _key(path, stamp)
    data = None if key is None else (store or IndexStore()).load(key)
    if data is None or stamp is None or len(data) < _HEAD.size + _SUM.size:
        return None
    magic, version, size_bytes, its_key = _HEAD.unpack_from(data)
    is_whole = (crc32(data[: -_SUM.size]),) == _SUM.unpack_from(data, len(data) - _SUM.size)
    if (magic, version, its_key, is_whole) != (_MAGIC, _VERSION, key, True):
        return None
    return Points(stamp, size_bytes, data[_HEAD.size : -_SUM.size])


def make(path: Path) -> Points | None:
    """Decompress a file for its points; None if it cannot be, or the extra is not there.

    They may be of a file that is cut off: `keep` them only if their size is the right one.
    """
    stamp, library = None if isinstance(path, ObjectPath) else stamp_of(path), _library()
    if stamp is None or library is None:
        return None
    spacing = max(SPACING_BYTES, LARGEST_RATIO * stamp.size_bytes // MOST_POINTS)
    exported = io.BytesIO()
    try:
        with library.IndexedGzipFile(str(path), spacing=spacing) as file:
            file.build_full_index()
            file.seek(0, io.SEEK_END)
            size_bytes = file.tell()
            file.export_index(fileobj=exported)
    except _ERRORS as error:
        log.debug("no points of a compressed file", file=str(path), error=str(error))
        return None
    return Points(stamp, size_bytes, exported.getvalue())


def keep(path: Path, points: Points, store: IndexStore | None = None) -> None:
    """Put points into the cache, if the file is still the one that they are of."""
    key = _key(path, points.stamp)
    if key is not None:
        data = _HEAD.pack(_MAGIC, _VERSION, points.size_bytes, key) + points.exported
        (store or IndexStore()).save(key, data + _SUM.pack(crc32(data)))


def forget(path: Path, points: Points, store: IndexStore | None = None) -> None:
    """Throw points away: they are wrong."""
    log.warning("the points of a compressed file are wrong and thrown away", file=str(path))
    key = _key(path, points.stamp)
    if key is not None:
        (store or IndexStore()).forget(key)


class PointedBytes:
    """The decompressed bytes of a .gz from any place, by its points.

    Raises:
        InputError: the points are not of this file.
    """

    def __init__(self, path: Path, points: Points) -> None:
        self._path = path
        self._points = points
        library = _library()
        assert library is not None
        try:
            self._file = library.IndexedGzipFile(str(path))
            self._file.import_index(fileobj=io.BytesIO(points.exported))
        except _ERRORS as error:
            raise self._wrong(str(error)) from error

    def read(self, offset: int, most_bytes: int) -> bytes:
        """Return the bytes there, fewer only at the end.

        Raises:
            InputError: the file has changed, or the points are not of it.
        """
        wanted = max(0, min(most_bytes, self._points.size_bytes - offset))
        if stamp_of(self._path) != self._points.stamp:
            raise self._wrong("the file has changed")
        try:
            self._file.seek(offset)
            data: bytes = self._file.read(wanted)
        except _ERRORS as error:
            raise self._wrong(str(error)) from error
        if len(data) < wanted:
            raise self._wrong(f"it ends at byte {offset + len(data)}")
        return data

    def close(self) -> None:
        self._file.close()

    def _wrong(self, why: str) -> InputError:
        return InputError(f"{self._path}: cannot be read by its points: {why}", code="Z408")


def _key(path: Path, stamp: Stamp) -> bytes | None:
    digest = digest_of(path, stamp, LONG_END_BYTES)
    return None if digest is None else hashlib.sha256(b"gz" + digest).digest()[:_KEY_BYTES]


def _library() -> Any:
    """Return the library of the extra `gz`, None if it is not there."""
    try:
        return import_module("indexed_gzip")
    except ImportError:
        return None
