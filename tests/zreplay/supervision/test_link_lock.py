"""What killed runs left in the temporary folder is removed, and nothing else."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zreplay.supervision.link_lock import NAME, own_links, remove_abandoned

ROOT = Path(__file__).resolve().parents[3]
RUN = """
import sys
from zreplay.supervision.link_lock import own_links
with own_links() as folder:
    (folder / "batches").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def start_run(place: Path) -> tuple[Path, "subprocess.Popen[str]"]:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)},
    )
    assert run.stdout is not None
    return Path(run.stdout.readline().rstrip("\n")), run


def abandoned(place: Path, name: str = "zreplay-abandoned") -> Path:
    folder = place / name
    folder.mkdir(mode=0o700)
    (folder / NAME).touch()
    (folder / "control").touch()
    return folder


def test_a_run_has_a_folder_of_its_own_until_it_ends(place: Path) -> None:
    with own_links() as folder:
        assert (place, 0o700) == (folder.parent, folder.stat().st_mode & 0o777)
    assert not folder.exists()


def test_the_folder_of_a_run_that_was_killed_goes_with_the_next_start(place: Path) -> None:
    killed, run = start_run(place)
    with own_links():
        assert killed.is_dir()  # it runs
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert killed.is_dir()
    with own_links() as folder:
        assert [folder] == [*place.iterdir()]


def test_a_run_beside_it_is_left_alone_as_often_as_one_starts(place: Path) -> None:
    with own_links() as first, own_links() as second:
        remove_abandoned(place)
        assert {first, second} == {*place.iterdir()}


def linked(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


def with_a_linked_lock(folder: Path) -> None:
    (folder / NAME).rename(folder / "elsewhere")
    (folder / NAME).symlink_to("elsewhere")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: folder.chmod(0o750),
        lambda folder: folder.chmod(0o1700),
        lambda folder: (folder / NAME).unlink(),
        lambda folder: folder.rename(folder.parent / "precious"),
        linked,
        with_a_linked_lock,
    ],
    ids=["mode", "sticky", "no lock", "another name", "a link", "a linked lock"],
)
def test_what_may_not_be_of_a_run_of_ours_is_left_alone(
    place: Path, change: Callable[[Path], object]
) -> None:
    change(abandoned(place))
    before = sorted(place.rglob("*"))
    remove_abandoned(place)

    assert before == sorted(place.rglob("*"))


def test_of_another_user_nothing_is_removed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = abandoned(place)
    theirs = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: theirs)
    remove_abandoned(place)
    assert folder.is_dir()
    monkeypatch.undo()
    remove_abandoned(place)
    assert not folder.exists()


def test_a_folder_that_cannot_be_locked_is_used_all_the_same_and_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with own_links() as folder:
        monkeypatch.undo()
        remove_abandoned(place)
        assert folder.is_dir()
