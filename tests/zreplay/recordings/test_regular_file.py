"""Anything that is not a readable file is refused by name."""

import os
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.regular_file import found_at, open_bytes, size_of


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        open_bytes(path)
    with pytest.raises(InputError) as other:
        size_of(path)
    assert error.value.what == other.value.what
    assert str(path) in error.value.what
    assert "Z401" == error.value.code
    return error.value.what


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "No such file" in refused(tmp_path / "nowhere")
    assert "directory" in refused(tmp_path)
    assert "not a regular file" in refused(tmp_path / "pipe")


def test_the_size_is_known_without_a_look_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"12345")

    assert 5 == size_of(path)


def test_only_a_file_of_this_machine_is_looked_at(tmp_path: Path) -> None:
    path, fifo = tmp_path / "a.csv", tmp_path / "pipe"
    path.write_text("abc")
    os.mkfifo(fifo)
    others = [tmp_path, tmp_path / "gone", fifo, ObjectPath("s3://bucket/a.csv")]
    found = found_at(path)

    assert found is not None
    assert (3, path.stat().st_ino) == (found.st_size, found.st_ino)
    assert [None] * 4 == [*map(found_at, others)]
