"""An index is found again by whoever has the same file, and compared with both its ends."""

import os
from pathlib import Path

import pytest

from zreplay.historical.index_cache import FEW_FILES, IndexCache
from zreplay.recordings.index.entries import FileIndex, Prefix
from zreplay.recordings.index.file_identity import Stamp, stamp_of
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


def is_there(path: Path, store: IndexStore, options: bytes = b"", files: int = 1) -> bool:
    found = IndexCache(options, files, store).load(path, stamp(path))
    assert found is None or (found.entries, found.whole) == (INDEX.entries, INDEX.whole)
    return found is not None


def test_what_was_saved_is_there_for_any_number_of_files_and_for_a_copy(
    path: Path, store: IndexStore
) -> None:
    IndexCache(b"", FEW_FILES + 1, store).save(path, stamp(path), INDEX)
    copy = path.with_name("copy.csv")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(0, path.stat().st_mtime_ns))

    assert all(is_there(path, store, files=files) for files in (1, FEW_FILES, FEW_FILES + 1))
    assert is_there(copy, store)
    assert not is_there(path, store, b"another way to read it")


def test_a_change_at_a_long_end_is_seen_of_few_files(path: Path, store: IndexStore) -> None:
    IndexCache(b"", 1, store).save(path, stamp(path), INDEX)
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
    cache.save(path, before, INDEX)
    os.utime(path, ns=(0, 0))
    assert not is_there(path, store)
    cache.save(path, before, INDEX)
    assert not is_there(path, store)

    cache.save(path, stamp(path), INDEX)
    assert is_there(path, store)
    cache.forget(path, stamp(path))
    assert not is_there(path, store)


def test_a_small_file_has_none(path: Path, store: IndexStore) -> None:
    path.write_bytes(b"small")
    cache = IndexCache(b"", 1, store)
    cache.save(path, stamp(path), INDEX)
    cache.forget(path, stamp(path))

    assert not is_there(path, store)
