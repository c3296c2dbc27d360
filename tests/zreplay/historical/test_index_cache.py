"""An index is found again by whoever has the same file, and compared with both its ends."""

import os
import threading
from pathlib import Path

import pytest

from zreplay.historical import index_cache
from zreplay.historical.index_cache import FEW_FILES, IndexCache
from zreplay.recordings.file_stamp import Stamp
from zreplay.recordings.index.entries import FileIndex, Prefix
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.source_block import FilePlace

INDEX = FileIndex([], Prefix(FilePlace(500_000, 3), 2))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(300 * 1024))
    return path


@pytest.fixture
def store(tmp_path: Path) -> IndexStore:
    return IndexStore(tmp_path / "cache")


def stamp(path: Path) -> Stamp:
    found = stamp_of(path)
    assert found is not None
    return found


def keep(cache: IndexCache, path: Path, stamp: Stamp) -> None:
    cache.save(path, stamp, INDEX)
    cache.settle()


def is_there(path: Path, store: IndexStore, options: bytes = b"", files: int = 1) -> bool:
    found = IndexCache(options, files, store).load(path, stamp(path))
    assert found is None or (found.entries, found.whole) == (INDEX.entries, INDEX.whole)
    return found is not None


def test_what_was_saved_is_there_for_any_number_of_files_and_for_a_copy(
    path: Path, store: IndexStore
) -> None:
    keep(IndexCache(b"", FEW_FILES + 1, store), path, stamp(path))
    copy = path.with_name("copy.csv")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(0, path.stat().st_mtime_ns))

    assert all(is_there(path, store, files=files) for files in (1, FEW_FILES, FEW_FILES + 1))
    assert is_there(copy, store)
    assert not is_there(path, store, b"another way to read it")


def test_a_change_at_a_long_end_is_seen_of_few_files(path: Path, store: IndexStore) -> None:
    keep(IndexCache(b"", 1, store), path, stamp(path))
    mtime_ns = path.stat().st_mtime_ns
    with path.open("r+b") as file:
        file.seek(300 * 1024 - 60 * 1024)
        file.write(b"x")
    os.utime(path, ns=(0, mtime_ns))

    assert is_there(path, store, files=FEW_FILES + 1)
    assert not is_there(path, store, files=FEW_FILES)
    assert not is_there(path, store, files=FEW_FILES + 1)  # it was thrown away


def test_what_is_forgotten_is_not_there_nor_is_that_of_another_state(
    path: Path, store: IndexStore
) -> None:
    cache, before = IndexCache(b"", 1, store), stamp(path)
    keep(cache, path, before)
    os.utime(path, ns=(0, 0))
    assert not is_there(path, store)
    keep(cache, path, before)
    assert not is_there(path, store)

    keep(cache, path, stamp(path))
    assert is_there(path, store)
    cache.forget(path, stamp(path))
    assert not is_there(path, store)


def test_a_small_file_has_none(path: Path, store: IndexStore) -> None:
    path.write_bytes(b"small")
    cache = IndexCache(b"", 1, store)
    keep(cache, path, stamp(path))
    cache.forget(path, stamp(path))

    assert not is_there(path, store)


def test_what_a_path_says_of_its_file_is_part_of_what_an_index_is_found_by(
    path: Path, store: IndexStore
) -> None:
    keep(IndexCache(b"", 1, store, lambda path: "date=2025-10-02"), path, stamp(path))

    assert not is_there(path, store)
    assert IndexCache(b"", 1, store, lambda path: "date=2025-10-02").load(path, stamp(path))
    assert not IndexCache(b"", 1, store, lambda path: "date=2025-10-03").load(path, stamp(path))


class GatedStore(IndexStore):
    """A store that writes nothing until it may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.may_write = threading.Event()

    def save(self, key: bytes, data: bytes) -> None:
        self.may_write.wait(5)
        super().save(key, data)


def test_who_reads_on_does_not_wait_for_an_index_to_be_written_but_for_the_last_of_many(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_cache, "MOST_UNSAVED", 2)
    store = GatedStore(tmp_path / "cache")
    cache, growing = IndexCache(b"", 1, store), FileIndex([], INDEX.whole)
    for _ in range(2):
        cache.save(path, stamp(path), growing)
    growing.whole = None  # what is saved is as it was then
    is_full = not cache._room.acquire(blocking=False)
    was_there = is_there(path, store)
    store.may_write.set()
    cache.settle()

    assert (True, False, True) == (is_full, was_there, is_there(path, store))
    assert all(cache._room.acquire(blocking=False) for _ in range(2))
