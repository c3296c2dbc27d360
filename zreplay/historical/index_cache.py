"""Indexes that outlive a process: each is found by the ends of its file, and compared with them.

They are saved on a thread of their own: of a year of day files that takes as long as ordering
them, and it is mostly spent in the kernel.
"""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from protocol.json_text import utf8_text
from protocol.program.diagnostics import Log
from zreplay.recordings.file_stamp import Stamp
from zreplay.recordings.index.entries import FileIndex
from zreplay.recordings.index.file_identity import LONG_END_BYTES, digest_of
from zreplay.recordings.index.index_codec import KEY_BYTES, decode, encode
from zreplay.recordings.index.index_store import IndexStore

LEAST_KEPT_BYTES: Final = 256 * 1024
"""A smaller file is read through as fast as its index."""

FEW_FILES: Final = 256
"""Of more, the long ends are not compared: it would take as long as the first look at them."""

MOST_UNSAVED: Final = 64
"""So many indexes wait to be saved; who has another one waits."""

log = Log("zreplay")


class IndexCache:
    """The indexes of `file_count` files that are read as `options` say, in the user's cache.

    `said_by` gives what of a path decides how its file is read.
    """

    def __init__(
        self,
        options: bytes,
        file_count: int,
        store: IndexStore | None = None,
        said_by: Callable[[Path], str] = lambda path: "",
    ) -> None:
        self._options = options
        self._said_by = said_by
        self._compares_long_ends = file_count <= FEW_FILES
        self._store = IndexStore() if store is None else store
        self._last_keys: dict[Path, tuple[Stamp, bytes]] = {}
        """Of a file that is loaded the key is asked for again when its index is saved."""
        self._saver: ThreadPoolExecutor | None = None
        self._room = threading.BoundedSemaphore(MOST_UNSAVED)

    @staticmethod
    def keeps(stamp: Stamp) -> bool:
        """Return whether the index of a file that has this stamp is kept: not of a small one."""
        return stamp.size_bytes >= LEAST_KEPT_BYTES

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
        """Keep the index of a file, if that is large enough and as it was at `stamp`.

        It is there behind `settle`.
        """
        key = self._key(path, stamp)
        if key is None:
            return
        if self._saver is None:
            self._saver = ThreadPoolExecutor(1, "indexes")
        self._room.acquire()
        self._saver.submit(self._save, path, stamp, key, index.copy())

    def _save(self, path: Path, stamp: Stamp, key: bytes, index: FileIndex) -> None:
        try:
            ends = digest_of(path, stamp, LONG_END_BYTES)
            if ends is not None:
                self._store.save(key, encode(index, key, ends))
        finally:
            self._room.release()

    def settle(self) -> None:
        """Return once all that is to be kept is, or cannot be."""
        saver, self._saver = self._saver, None
        if saver is not None:
            saver.shutdown()

    def forget(self, path: Path, stamp: Stamp) -> None:
        """Throw away what is kept of a file."""
        self.settle()
        key = self._key(path, stamp)
        if key is not None:
            self._store.forget(key)

    def _key(self, path: Path, stamp: Stamp) -> bytes | None:
        if not self.keeps(stamp):
            return None
        known_stamp, key = self._last_keys.get(path, (None, None))
        if known_stamp == stamp:
            return key
        key = self._new_key(path, stamp)
        if key is not None:
            self._last_keys[path] = stamp, key
        return key

    def _new_key(self, path: Path, stamp: Stamp) -> bytes | None:
        digest = digest_of(path, stamp)
        if digest is None:
            return None
        said = utf8_text(self._said_by(path)).encode()
        return hashlib.sha256(digest + self._options + said).digest()[:KEY_BYTES]
