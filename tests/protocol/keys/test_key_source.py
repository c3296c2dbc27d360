"""A key comes from a file of its owner's, from a variable or from a descriptor."""

import os
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.keys.key import MAX_FILE_BYTES, key_text
from protocol.keys.key_source import allowed_path, private_text, read_key, unforged_text
from tests.protocol.keys.key_examples import key_of_role

KEY = key_of_role("worker")


def written(path: Path, mode: int, text: str = "") -> Path:
    path.write_text(text or key_text(KEY))
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_it_is_read_from_a_file_of_its_owner(tmp_path: Path, mode: int) -> None:
    assert KEY == read_key(str(written(tmp_path / "w.key", mode)))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o644])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    path = written(tmp_path / "w.key", mode)
    with pytest.raises(SettingsError, match="can read it") as caught:
        read_key(str(path))

    assert f"chmod 600 {path}" == caught.value.fix


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o444])
def test_a_list_may_be_read_by_all(tmp_path: Path, mode: int) -> None:
    assert "text" == unforged_text(written(tmp_path / "allowed.toml", mode, "text"))


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_list_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SettingsError, match="can write it"):
        unforged_text(written(tmp_path / "allowed.toml", mode, "text"))


def test_it_is_read_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", key_text(KEY))

    assert KEY == read_key("env:A_KEY")


def test_it_is_read_from_a_descriptor() -> None:
    reading, writing = os.pipe()
    os.write(writing, key_text(KEY).encode())
    os.close(writing)
    try:
        assert KEY == read_key(f"fd:{reading}")
    finally:
        os.close(reading)


@pytest.mark.parametrize("source", ["env:NOT_SET_AT_ALL", "fd:x", "fd:", "fd:999999", "/", "\0"])
def test_where_there_is_none_it_is_said(source: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_key(source)

    assert "Z216" == caught.value.code


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "w.key", 0o600)
    with pytest.raises(SettingsError, match="is not a file"):
        private_text(tmp_path / "w.key")


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="longer"):
        private_text(written(tmp_path / "w.key", 0o600, "#" * (MAX_FILE_BYTES + 1)))


def test_one_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "w.key", 0o600)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        private_text(path)


def test_the_list_lies_beside_the_key_if_that_is_a_file() -> None:
    found = [allowed_path(source) for source in ("keys/w.key", "w.key", "env:A", "fd:3")]

    assert [Path("keys/allowed.toml"), Path("allowed.toml"), None, None] == found
