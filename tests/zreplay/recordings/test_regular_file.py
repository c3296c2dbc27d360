"""Anything that is not a readable file is refused by name."""

import os
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.recordings.regular_file import open_bytes


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        open_bytes(path)
    assert str(path) in error.value.what
    assert "Z401" == error.value.code
    return error.value.what


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "No such file" in refused(tmp_path / "nowhere")
    assert "directory" in refused(tmp_path)
    assert "not a regular file" in refused(tmp_path / "pipe")
