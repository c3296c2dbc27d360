"""Names of finished files, in a folder."""

from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from zreplay.backfilling.object_output import ObjectOutput
from zreplay.backfilling.store import FolderStore, store_of


def test_a_name_is_given_to_what_is_finished_and_the_scratch_is_gone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "out")
    scratch = store.scratch()
    scratch.write_bytes(b"data")
    assert None is store.read("deep/name")

    store.publish(scratch, "deep/name")

    assert {"deep/name": 4} == store.sizes("")
    with store.open("deep/name") as file:
        assert b"data" == file.read()


def test_of_two_that_create_a_name_one_does(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)

    assert [True, False] == [store.create("a/b", data) for data in (b"one", b"two")]
    assert b"one" == store.read("a/b")
    store.replace("a/b", b"three")
    assert {"a/b": 5} == store.sizes("")


def test_a_removed_name_is_free_and_its_empty_folder_is_gone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.replace("mids/window=1/a", b"")

    store.remove("mids/window=1/a")
    store.remove("mids/window=1/a")

    assert ["mids"] == [path.name for path in tmp_path.rglob("*")]


def test_a_folder_that_cannot_be_made_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "out").touch()

    with pytest.raises(ResultLogError, match="out"):
        FolderStore(tmp_path / "out").replace("a/b", b"")


def test_an_address_is_a_place_in_a_store_of_objects(tmp_path: Path) -> None:
    found = store_of(Path("s3://bucket/mids"), tmp_path)

    assert isinstance(found, ObjectOutput)
    assert isinstance(store_of(tmp_path), FolderStore)
