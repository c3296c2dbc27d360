"""The beginnings of many objects, fetched side by side, as each takes a store three answers.

What a look found holds for FRESH_NS, so that who opens an object soon after asks for nothing. The
first time that one of those that were `expected` is wanted, those behind it are fetched as well.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from protocol.errors import InputError
from zreplay.recordings.object_path import ObjectPath

FRESH_NS: Final = 60 * 10**9
AT_ONCE: Final = 64
"""So many are fetched where one is wanted, SIDE_BY_SIDE at a time."""
SIDE_BY_SIDE: Final = 16
MOST_BYTES: Final = 32 * 1024 * 1024
"""The oldest beginnings are dropped beyond it."""


class ObjectStamp(NamedTuple):
    """What tells an object from another: its size, and a digest of its ETag."""

    size_bytes: int
    digest: bytes


class ObjectHead(NamedTuple):
    """An object and how it begins; `data` is None where only the stamp was asked for."""

    stamp: ObjectStamp
    data: bytes | None


Fetch = Callable[[ObjectPath, bool], ObjectHead]
"""Fetches one, with its data or without. Raises InputError."""


class _Known(NamedTuple):
    head: ObjectHead
    since_ns: int


class ObjectHeads:
    """What is known of objects. Thread-safe; a fork has what its parent knew."""

    def __init__(self, fetch: Fetch, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._fetch = fetch
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._expected: Sequence[ObjectPath] = ()
        self._places: dict[ObjectPath, int] = {}
        self._known: OrderedDict[ObjectPath, _Known] = OrderedDict()
        self._held_bytes = 0
        self._asked: set[tuple[ObjectPath, bool]] = set()

    def expect(self, paths: Iterable[ObjectPath]) -> None:
        """Have what will be opened, in about this order."""
        with self._lock:
            self._expected = tuple(paths)
            self._places = {path: place for place, path in enumerate(self._expected)}
            self._asked.clear()

    def find(self, path: ObjectPath, *, with_data: bool) -> ObjectHead | None:
        """Return what is known, of one that is expected also what can be; else None."""
        with self._lock:
            if (found := self._fresh(path, with_data)) is not None:
                return found
            place = self._places.get(path)
            if place is None or (path, with_data) in self._asked:
                return None
            behind = self._expected[place : place + AT_ONCE]
            wanted = [
                each
                for each in behind
                if (each, with_data) not in self._asked and self._fresh(each, with_data) is None
            ]
            self._asked.update((each, with_data) for each in behind)
            self._fetch_all(wanted, with_data)
            return self._fresh(path, with_data)

    def _fresh(self, path: ObjectPath, with_data: bool) -> ObjectHead | None:
        known = self._known.get(path)
        if known is None or self._now_ns() - known.since_ns > FRESH_NS:
            return None
        return None if with_data and known.head.data is None else known.head

    def _fetch_all(self, paths: Sequence[ObjectPath], with_data: bool) -> None:
        def fetched(path: ObjectPath) -> ObjectHead | None:
            try:
                return self._fetch(path, with_data)
            except InputError:  # who opens it says why
                return None

        with ThreadPoolExecutor(SIDE_BY_SIDE, "heads") as threads:
            for path, head in zip(paths, threads.map(fetched, paths), strict=True):
                if head is not None:
                    self._note(path, head)

    def _note(self, path: ObjectPath, head: ObjectHead) -> None:
        self._forget(path)
        self._known[path] = _Known(head, self._now_ns())
        self._held_bytes += len(head.data or b"")
        while self._held_bytes > MOST_BYTES:
            self._forget(next(iter(self._known)))

    def _forget(self, path: ObjectPath) -> None:
        known = self._known.pop(path, None)
        if known is not None:
            self._held_bytes -= len(known.head.data or b"")
