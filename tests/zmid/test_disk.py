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
