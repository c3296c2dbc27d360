"""A real folder does what recovery needs, and reports clearly what it cannot do."""

import errno
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from zmid.disk import DiskFull, Folder

NAME = "a.log"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    opened = Folder(tmp_path, (NAME,))
    yield opened
    opened.close()


def test_what_is_written_is_read_and_cut(folder: Folder) -> None:
    folder.write(NAME, 0, b"hello world")
    folder.write(NAME, 6, b"there")
    folder.truncate(NAME, 9)
    folder.sync(NAME)
    assert (9, b"lo the") == (folder.size(NAME), folder.read(NAME, 3, 100))


def test_short_writes_go_on(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: whole(fd, data[:2], offset))
    folder.write(NAME, 0, b"hello")
    assert b"hello" == folder.read(NAME, 0, 100)


def test_a_file_size_limit_is_no_full_disk_for_it_stays(folder: Folder) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(ResultLogError, match=r"File too large(.|\n)*ulimit -f"):
            folder.write(NAME, 0, bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_room_is_a_full_disk(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pwrite", fail)
    with pytest.raises(DiskFull):
        folder.write(NAME, 0, b"x")


def test_any_other_failure_ends_the_sink(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pwrite", fail)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ResultLogError, match=f"cannot write {NAME} in .*Input/output error"):
        folder.write(NAME, 0, b"x")
    with pytest.raises(ResultLogError, match=f"cannot sync {NAME} in "):
        folder.sync(NAME)


@pytest.mark.parametrize("syncs", [False, True])
def test_names_are_synced_if_they_are_to_outlive_a_power_failure_and_not_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, syncs: bool
) -> None:
    synced: list[str] = []

    def fsync(fd: int) -> None:
        (path,) = (
            each
            for each in (tmp_path, *tmp_path.rglob("*"))
            if os.path.samestat(os.fstat(fd), each.stat())
        )
        synced.append(path.relative_to(tmp_path).as_posix())

    monkeypatch.setattr(os, "fsync", fsync)
    disk = Folder(tmp_path, (NAME,), syncs=syncs)
    disk.write("outputs/a.csv", 0, b"a")
    disk.rename("outputs/a.csv", "segments/outputs/a.0.csv")
    disk.close()
    expected = [".", ".", "outputs", ".", "segments", "outputs", "segments/outputs"]

    assert sorted(expected if syncs else []) == sorted(synced)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultLogError, match="none"):
        Folder(tmp_path / "none", (NAME,))


def test_a_file_that_was_removed_or_replaced_is_noticed(folder: Folder, tmp_path: Path) -> None:
    folder.check_in_place()
    (tmp_path / NAME).unlink()
    with pytest.raises(ResultLogError, match="removed or replaced"):
        folder.check_in_place()
    (tmp_path / NAME).touch()
    with pytest.raises(ResultLogError, match="removed or replaced"):
        folder.check_in_place()


def test_what_a_full_disk_says_can_travel_whatever_the_folder_is_called(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"o\xff")
    path.mkdir()
    full = Folder(path, ())._failed("write", NAME, OSError(errno.ENOSPC, "No space"))

    assert f"{tmp_path}/o\\udcff: No space" == str(full)


def test_a_file_is_opened_when_it_is_first_used_and_its_folder_made(
    folder: Folder, tmp_path: Path
) -> None:
    assert [] == folder.outputs()
    folder.write("outputs/a.csv", 0, b"text")
    folder.write("mids.arrows", 0, b"rows")

    assert ["mids.arrows", "outputs/a.csv"] == folder.outputs()
    assert (b"text", 4) == (
        (tmp_path / "outputs" / "a.csv").read_bytes(),
        folder.size("mids.arrows"),
    )
    (tmp_path / "outputs" / "a.csv").unlink()
    with pytest.raises(ResultLogError, match="outputs/a.csv was removed or replaced"):
        folder.check_in_place()


def test_a_file_that_cannot_be_opened_is_named(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("in the way")
    with pytest.raises(ResultLogError, match="cannot open outputs/a.csv in"):
        folder.size("outputs/a.csv")


def test_a_log_that_is_renamed_is_written_on_under_its_new_name(
    folder: Folder, tmp_path: Path
) -> None:
    folder.write(NAME, 0, b"first")
    folder.write("segments/outputs/b.1.open", 0, b"second")
    folder.rename(NAME, "segments/a.1.log")
    folder.rename("segments/outputs/b.1.open", NAME)
    folder.write(NAME, 6, b"!")
    folder.check_in_place()

    assert (b"first", b"second!") == (
        (tmp_path / "segments" / "a.1.log").read_bytes(),
        (tmp_path / NAME).read_bytes(),
    )
    assert ["segments/a.1.log"] == folder.segments()


def test_a_name_that_is_taken_is_replaced_and_one_that_is_removed_is_gone(
    folder: Folder, tmp_path: Path
) -> None:
    folder.write("segments/a.1.log", 0, b"closed")
    folder.write(NAME, 0, b"newer")
    folder.rename("segments/a.1.log", NAME)
    assert (b"closed", []) == (folder.read(NAME, 0, 9), folder.segments())
    for _ in range(2):
        folder.remove(NAME)
    assert not (tmp_path / NAME).exists()


def test_no_descriptor_of_a_closed_log_stays_open(folder: Folder) -> None:
    open_before = len(os.listdir("/proc/self/fd"))
    for number in range(20):
        folder.write("segments/next", 0, b"x")
        folder.rename(NAME, f"segments/a.{number}.log")
        folder.rename("segments/next", NAME)

    assert open_before == len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_rename_that_fails_is_a_full_disk_or_ends_the_sink(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "rename", fail)
    kind = DiskFull if number == errno.ENOSPC else ResultLogError
    with pytest.raises(kind, match=os.strerror(number)):
        folder.rename(NAME, "segments/a.1.log")
