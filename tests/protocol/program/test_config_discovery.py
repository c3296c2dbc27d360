"""Files of settings are found in the folder of the call and in the user's, and nowhere else."""

import os
from pathlib import Path

import pytest

from protocol.program.config_discovery import Found, found_files, without_discovery


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home, here = tmp_path / "home", tmp_path / "here"
    (home / ".config" / "zreplay").mkdir(parents=True)
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    return home


def test_the_one_here_is_first_and_each_program_has_its_own(home: Path) -> None:
    for name in ("zreplay", "zmid"):
        Path(f"{name}.toml").touch()
    users = home / ".config" / "zreplay" / "zreplay.toml"
    users.touch()

    assert [Found(Path("zreplay.toml"), True), Found(users, False)] == found_files("zreplay", {})
    assert [Found(Path("zmid.toml"), True)] == found_files("zmid", {})


@pytest.mark.parametrize(("base", "is_used"), [("", False), ("there", False), ("/", True)])
def test_a_relative_or_empty_folder_of_the_user_is_ignored(
    base: str, is_used: bool, home: Path, tmp_path: Path
) -> None:
    (home / ".config" / "zreplay" / "zreplay.toml").touch()
    Path("there/zreplay").mkdir(parents=True)
    Path("there/zreplay/zreplay.toml").touch()
    base = str(tmp_path) if is_used else base

    assert ([] if is_used else [home / ".config" / "zreplay" / "zreplay.toml"]) == [
        file.path for file in found_files("zreplay", {"XDG_CONFIG_HOME": base})
    ]


def test_what_is_no_file_is_not_found() -> None:
    os.mkfifo("zreplay.toml")  # to open it would wait for ever
    Path("zmid.toml").mkdir()

    assert [[], []] == [found_files(name, {}) for name in ("zreplay", "zmid")]


def test_who_has_no_home_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)

    assert [] == found_files("zreplay", {})


def test_a_child_looks_for_none_unless_one_is_named() -> None:
    assert {"ZREPLAY_CONFIG": "a", "ZMID_CONFIG": os.devnull, "X": "1"} == without_discovery(
        {"ZREPLAY_CONFIG": "a", "X": "1"}
    )
