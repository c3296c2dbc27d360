"""Indexes in the user's cache, one file each: replaced atomically, the oldest removed.

A cache is a convenience: if it cannot be read or written, there is simply no index.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

MAX_FILES: Final = 10_000
MAX_BYTES: Final = 256 * 1024 * 1024
LARGEST_BYTES: Final = 16 * 1024 * 1024
"""No index is larger; a larger file was not written here."""

_SUFFIX: Final = ".index"
_LEFT: Final = 0.9
"""The share that is kept when some must be removed, so that this is rarely done."""


def cache_folder() -> Path | None:
    """Return the folder for this user's indexes, None if the user has none."""
    # The specification says to ignore an empty or relative one.
    for cache in (os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser("~/.cache")):
        if os.path.isabs(cache):
            return Path(cache) / "zreplay" / "index"
    return None


class IndexStore:
    """A folder of indexes; the least recently used are removed when there are too many."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        max_files: int = MAX_FILES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        folder = cache_folder() if folder is None else folder
        self._folder = "" if folder is None else str(folder)  # a text, as hundreds may be loaded
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._held: tuple[int, int] | None = None
        """About how many files and bytes are there; None until counted."""

    def load(self, key: bytes) -> bytes | None:
        """Return what was saved under a key, None if there is nothing."""
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path(key), flags)
        except OSError:
            return None
        try:
            data = _read_all(descriptor)
            os.utime(descriptor)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return data if len(data) <= LARGEST_BYTES else None

    def save(self, key: bytes, data: bytes) -> None:
        """Save bytes under a key, atomically."""
        with contextlib.suppress(OSError):
            path = self._path(key)
            beside = f"{path.removesuffix(_SUFFIX)}.{os.getpid()}.part"
            try:
                with open(_new(beside), "wb") as file:
                    file.write(data)
                os.replace(beside, path)
            except OSError:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(beside)
                raise
            self._bound(len(data))

    def forget(self, key: bytes) -> None:
        """Delete what was saved under a key."""
        with contextlib.suppress(OSError):
            os.unlink(self._path(key))

    def _path(self, key: bytes) -> str:
        if not self._folder:
            raise FileNotFoundError("this user has no cache")
        return f"{self._folder}/{key.hex()}{_SUFFIX}"

    def _bound(self, added_bytes: int) -> None:
        """Remove the oldest if there are too many."""
        if self._held is not None:
            files, size_bytes = self._held
            self._held = files + 1, size_bytes + added_bytes
            if self._fits(*self._held):
                return
        with os.scandir(self._folder) as found:
            stats = [(entry.stat(follow_symlinks=False), entry.path) for entry in found]
        files, size_bytes = len(stats), sum(stat.st_size for stat, _ in stats)
        if not self._fits(files, size_bytes):
            stats.sort(key=lambda each: each[0].st_mtime_ns)
            most_files, most_bytes = _LEFT * self._max_files, _LEFT * self._max_bytes
            for stat, path in stats:
                if files <= most_files and size_bytes <= most_bytes:
                    break
                os.unlink(path)
                files, size_bytes = files - 1, size_bytes - stat.st_size
        self._held = files, size_bytes

    def _fits(self, files: int, size_bytes: int) -> bool:
        return files <= self._max_files and size_bytes <= self._max_bytes


def _read_all(descriptor: int) -> bytes:
    """Return what is in a file; of one that is too large, more than an index may have."""
    data = part = os.read(descriptor, min(os.fstat(descriptor).st_size, LARGEST_BYTES) + 1)
    while part and len(data) <= LARGEST_BYTES:
        part = os.read(descriptor, LARGEST_BYTES)
        data += part
    return data


def _new(path: str) -> int:
    """Make a file that only this user may read; return its descriptor."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:  # of one that was killed and had the same number
        os.unlink(path)
    return os.open(path, flags, 0o600)
