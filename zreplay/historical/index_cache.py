"""Indexes that outlive a process: each is found by the ends of its file, and compared with them."""

import hashlib
from pathlib import Path
from typing import Final

from protocol.program.diagnostics import Log
from zreplay.recordings.index.entries import FileIndex
from zreplay.recordings.index.file_identity import LONG_END_BYTES, Stamp, digest_of
from zreplay.recordings.index.index_codec import KEY_BYTES, decode, encode
from zreplay.recordings.index.index_store import IndexStore

LEAST_KEPT_BYTES: Final = 256 * 1024
"""A smaller file is read through as fast as its index."""

FEW_FILES: Final = 256
"""Of more, the long ends are not compared: it would take as long as the first look at them."""

log = Log("zreplay")


class IndexCache:
    """The indexes of `file_count` files that are read as `options` say, in the user's cache."""

    def __init__(self, options: bytes, file_count: int, store: IndexStore | None = None) -> None:
        self._options = options
        self._compares_long_ends = file_count <= FEW_FILES
        self._store = IndexStore() if store is None else store

    def load(self, path: Path, stamp: Stamp) -> FileIndex | None:
        """Return the index of a file, None if there is none of it as it is now."""
        key = self._key(path, stamp)
        data = None if key is None else self._store.load(key)
        found = None if key is None or data is None else decode(data, key)
        if found is None or key is None:
            return None
        if self._compares_long_ends and found.ends != digest_of(path, stamp, LONG_END_BYTES):
            log.warning("an index is wrong and is discarded", file=str(path))
            self._store.forget(key)
            return None
        return found.entries

    def save(self, path: Path, stamp: Stamp, index: FileIndex) -> None:
        """Keep the index of a file, if that is large enough and as it was at `stamp`."""
        key = self._key(path, stamp)
        ends = None if key is None else digest_of(path, stamp, LONG_END_BYTES)
        if key is not None and ends is not None:
            self._store.save(key, encode(index, key, ends))

    def forget(self, path: Path, stamp: Stamp) -> None:
        """Throw away what is kept of a file."""
        key = self._key(path, stamp)
        if key is not None:
            self._store.forget(key)

    def _key(self, path: Path, stamp: Stamp) -> bytes | None:
        if stamp.size_bytes < LEAST_KEPT_BYTES:
            return None
        digest = digest_of(path, stamp)
        return (
            None if digest is None else hashlib.sha256(digest + self._options).digest()[:KEY_BYTES]
        )
