"""The sockets of a run are in a folder that only its owner can enter, and whose path fits."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from protocol.endpoint_check import check_endpoint
from protocol.errors import LinkError
from zreplay.supervision import link_folder
from zreplay.supervision.link_folder import make_link_folder, remove_link_folder


def test_only_its_owner_can_enter_the_folder_of_the_sockets() -> None:
    folder = make_link_folder()
    (folder / "control").touch()

    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    remove_link_folder(f"ipc://{folder}/control")
    assert not folder.exists()
    remove_link_folder(f"ipc://{folder}/control")


@pytest.mark.parametrize("name", ["precious", "elsewhere/zreplay-precious"])
def test_a_folder_that_is_not_one_of_ours_is_never_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / name
    folder.mkdir(parents=True)

    remove_link_folder(f"ipc://{folder}/control")

    assert folder.is_dir()


def test_an_address_without_a_folder_removes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = make_link_folder()

    remove_link_folder(f"tcp://{folder}/control")

    assert folder.is_dir()


def test_a_temporary_folder_whose_name_is_too_long_is_not_used_for_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    folder = make_link_folder()
    check_endpoint(f"ipc://{folder}/batches")
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    remove_link_folder(f"ipc://{folder}/control")

    assert (False, []) == (folder.exists(), [*long.iterdir()])


@pytest.mark.parametrize("name", ["x" * 90, os.fsdecode(b"\xff")])
def test_where_no_folder_of_sockets_can_stand_it_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    monkeypatch.setattr(link_folder, "SHORT_PARENTS", (str(tmp_path / "not there"),))
    with pytest.raises(LinkError, match="no folder for the sockets of the run") as caught:
        make_link_folder()

    assert "TMPDIR" in caught.value.fix


def test_the_longest_socket_name_just_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = 100 - len("/zreplay-12345678/batches") - len(str(tmp_path)) - 1
    monkeypatch.setattr(link_folder, "SHORT_PARENTS", ())
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    for letters, fits in ((room, True), (room + 1, False)):
        parent = tmp_path / ("x" * letters)
        parent.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(parent))

        assert ([parent] if fits else []) == link_folder.link_parents()
        if fits:
            check_endpoint(f"ipc://{make_link_folder()}/batches")
