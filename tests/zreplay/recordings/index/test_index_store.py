"""The cache keeps what it is given, within its limit, and never gets in the way."""

import os
import stat
from pathlib import Path

import pytest

from zreplay.recordings.index import index_store
from zreplay.recordings.index.index_store import IndexStore, cache_folder

KEY = b"k" * 16


def keys(count: int) -> list[bytes]:
    return [bytes([number]) * 16 for number in range(count)]


def test_what_was_saved_is_loaded_until_it_is_forgotten(tmp_path: Path) -> None:
    store = IndexStore(tmp_path / "a" / "b")
    assert store.load(KEY) is None
    store.save(KEY, b"one")
    store.save(KEY, b"two")
    assert b"two" == IndexStore(tmp_path / "a" / "b").load(KEY)
    store.forget(KEY)
    store.forget(KEY)
    assert store.load(KEY) is None


def test_it_is_for_the_user_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    IndexStore(folder).save(KEY, b"one")

    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert [0o600] == [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()]


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    store = IndexStore(tmp_path / "index")
    store.save(KEY, b"one")
    [path] = (tmp_path / "index").iterdir()
    other = tmp_path / "other"
    other.write_bytes(b"other")
    path.unlink()
    path.symlink_to(other)

    assert store.load(KEY) is None
    store.save(KEY, b"two")
    assert (b"two", b"other") == (store.load(KEY), other.read_bytes())


@pytest.mark.parametrize("bounds", [{"max_files": 10}, {"max_bytes": 100}])
def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, bounds: dict[str, int]) -> None:
    store = IndexStore(tmp_path, **bounds)
    for number, key in enumerate(keys(10)):
        store.save(key, b"x" * 10)
        os.utime(tmp_path / f"{key.hex()}.index", ns=(0, number))
    store.load(keys(1)[0])  # what is used is not old
    store.save(KEY, b"x" * 10)

    left = [key for key in keys(10) if store.load(key)]
    assert [keys(10)[0], *keys(10)[3:]] == left
    assert b"x" * 10 == store.load(KEY)


def test_a_folder_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = IndexStore(tmp_path / "file" / "index")

    store.save(KEY, b"one")
    store.forget(KEY)

    assert store.load(KEY) is None


def test_what_is_too_large_was_not_written_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_store, "LARGEST_BYTES", 3)
    store = IndexStore(tmp_path)
    store.save(KEY, b"four")

    assert store.load(KEY) is None


def test_it_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    places = []
    for base in ("/caches", "", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        places.append(str(cache_folder()))

    home = "/home/me/.cache/zreplay/index"
    assert ["/caches/zreplay/index", home, home] == places


def test_who_has_no_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "nowhere")
    store = IndexStore()

    store.save(KEY, b"one")

    assert (None, None) == (cache_folder(), store.load(KEY))
