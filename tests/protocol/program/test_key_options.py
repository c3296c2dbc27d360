"""A program listens with the key of its role and the list beside it, or says what is missing."""

from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.keys.key_source import read_key
from protocol.program.key_folder import add_key, new_folder
from protocol.program.key_options import connecting_guard, listening_guard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    new_folder(path)
    add_key(path, "w", "worker")
    return path


def test_without_a_key_nobody_is_asked_for_one() -> None:
    assert (None, None) == (connecting_guard(""), listening_guard("", "", "sink"))


def test_the_list_lies_beside_the_key(folder: Path) -> None:
    guard = listening_guard(str(folder / "sink.key"), "", "sink")

    assert guard is not None
    assert guard.check(read_key(str(folder / "w.key")).public, "results")


def test_a_key_of_a_variable_needs_the_list_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", (folder / "sink.key").read_text())
    with pytest.raises(SettingsError, match="the list of who is let in is not beside it"):
        listening_guard("env:A_KEY", "", "sink")

    assert listening_guard("env:A_KEY", str(folder / "allowed.toml"), "sink") is not None


def test_a_list_without_a_key_would_let_all_in(folder: Path) -> None:
    with pytest.raises(SettingsError, match="without --key all are"):
        listening_guard("", str(folder / "allowed.toml"), "sink")


def test_a_key_of_another_role_is_refused_at_once(folder: Path) -> None:
    with pytest.raises(SettingsError, match="has the role worker"):
        listening_guard(str(folder / "w.key"), "", "sink")


def test_who_connects_needs_no_list(folder: Path) -> None:
    guard = connecting_guard(str(folder / "w.key"))

    assert guard is not None and "w" == guard.key.name
