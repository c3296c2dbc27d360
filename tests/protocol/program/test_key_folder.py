"""The folder of keys: private from the start, whole at every moment, never overwritten."""

import os
from pathlib import Path

import pytest

from protocol.errors import ResultLogError, SettingsError
from protocol.keys.key_source import read_key
from protocol.program.key_folder import add_key, new_folder, read_allowed, revoke_key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    new_folder(path)
    return path


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_it_and_its_files_are_their_owners_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        new_folder(tmp_path / "keys")
        add_key(tmp_path / "keys", "w", "worker")
    finally:
        os.umask(before)
    names = ("replayer.key", "sink.key", "w.key", "allowed.toml")

    assert 0o700 == mode_of(tmp_path / "keys")
    assert {0o600} == {mode_of(tmp_path / "keys" / name) for name in names}


def test_a_key_trusts_the_replayer_and_the_sink_of_its_folder(folder: Path) -> None:
    worker = read_key(str(add_key(folder, "w", "worker")))
    replayer, sink = (read_key(str(folder / f"{name}.key")) for name in ("replayer", "sink"))

    assert ("w", "worker") == (worker.name, worker.role)
    assert (replayer.public, sink.public) == (worker.replayer, worker.sink)
    assert replayer.sink == sink.public


def test_the_list_has_each_key_and_no_secret(folder: Path) -> None:
    key = read_key(str(add_key(folder, "w", "worker")))

    assert {"replayer", "sink", "w"} == set(read_allowed(folder).by_name)
    assert read_allowed(folder).judge(key.public, "batches").is_allowed
    assert key.secret not in (folder / "allowed.toml").read_text()


def test_keys_are_never_made_a_second_time_in_one_folder(folder: Path) -> None:
    before = (folder / "replayer.key").read_bytes()
    with pytest.raises(SettingsError, match="holds keys already"):
        new_folder(folder)

    assert before == (folder / "replayer.key").read_bytes()


@pytest.mark.parametrize("name", ["w", "replayer", "gone"])
def test_a_name_is_never_given_twice_also_of_a_revoked_key(folder: Path, name: str) -> None:
    add_key(folder, "w", "worker")
    add_key(folder, "gone", "worker")
    revoke_key(folder, "gone")
    with pytest.raises(SettingsError, match="called"):
        add_key(folder, name, "worker")


def test_a_revoked_key_is_let_in_no_more_and_its_file_is_gone(folder: Path) -> None:
    key = read_key(str(add_key(folder, "w", "worker")))

    assert (True, False) == (revoke_key(folder, "w"), revoke_key(folder, "w"))
    assert "the key is revoked" == read_allowed(folder).judge(key.public, "batches").reason
    assert not (folder / "w.key").exists()


def test_an_unknown_key_cannot_be_revoked(folder: Path) -> None:
    with pytest.raises(SettingsError, match="no key is called 'x'"):
        revoke_key(folder, "x")


def test_there_is_one_sink_and_a_new_one_is_trusted_by_the_keys_that_are_there(
    folder: Path,
) -> None:
    add_key(folder, "w", "worker")
    with pytest.raises(SettingsError, match="has its key"):
        add_key(folder, "sink-2", "sink")
    revoke_key(folder, "sink")
    with pytest.raises(SettingsError, match="the key of the sink is revoked"):
        add_key(folder, "w2", "worker")
    sink = read_key(str(add_key(folder, "sink-2", "sink")))

    assert sink.public == read_key(str(folder / "w.key")).sink
    assert sink.public == read_key(str(folder / "replayer.key")).sink


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_without_keys_is_told_with_the_command_that_makes_them(
    tmp_path: Path, is_there: bool
) -> None:
    path = tmp_path / "none"
    if is_there:
        path.mkdir()
    with pytest.raises(SettingsError) as caught:
        add_key(path, "w", "worker")

    assert f"zreplay keys new {path}" == caught.value.fix


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultLogError, match="cannot make"):
        new_folder(tmp_path / "file" / "keys")
