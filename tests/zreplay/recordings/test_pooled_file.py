"""However many files there are, few are open; each reads as if it had stayed open."""

import os
import resource
from contextlib import ExitStack
from io import FileIO
from pathlib import Path

import pytest

from protocol.errors import InputError
from tests.object_server import stored_objects
from zreplay.recordings import pooled_file
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.pooled_file import LentFiles, PooledFile
from zreplay.recordings.regular_file import open_regular


def pooled(folder: Path, count: int) -> list[PooledFile]:
    paths = [folder / str(number) for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"file {number}")
    return [PooledFile(path) for path in paths]


def read(file: PooledFile, offset: int = 5) -> str:
    with file as descriptor:
        return os.pread(descriptor, 10, offset).decode()


def open_files(folder: Path) -> int:
    links = (Path("/dev/fd") / name for name in os.listdir("/dev/fd"))
    return sum(os.path.realpath(link).startswith(f"{folder}/") for link in links)


@pytest.fixture(autouse=True)
def few_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled_file, "MOST_IDLE", 3)
    monkeypatch.setattr(pooled_file, "_IDLE", pooled_file._Idle())


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no telling what is open")
def test_few_of_many_files_are_open_and_all_can_be_read(tmp_path: Path) -> None:
    files = pooled(tmp_path, 20)

    for _ in range(2):
        for number, file in enumerate(files):
            assert str(number) == read(file)
            assert open_files(tmp_path) <= 3
    for file in files:
        file.close()
    assert 0 == open_files(tmp_path)


def test_half_of_what_a_process_may_have_open_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooled_file, "MOST_IDLE", 1000)
    for allowed, most in ((6, 3), (resource.RLIM_INFINITY, 5)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, allowed=allowed: (allowed, allowed))
        files = pooled(tmp_path, 5)
        assert most == len(pooled_file._IDLE._files)
        for file in files:
            file.close()


def test_what_is_being_read_stays_open_whatever_else_is(tmp_path: Path) -> None:
    first, *others = pooled(tmp_path, 10)
    with first as descriptor:
        assert [str(number) for number in range(1, 10)] == [read(file) for file in others]
        assert b"file 0" == os.pread(descriptor, 10, 0)
    for file in (first, *others):
        file.close()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no telling what is open")
def test_while_groups_of_files_are_read_fewer_others_are_open(tmp_path: Path) -> None:
    files = pooled(tmp_path, 12)
    with ExitStack() as lent:
        for file in files[6:10]:
            lent.enter_context(file)
        reading = open_files(tmp_path)
        assert ["0", "1", "11"] == [read(files[at]) for at in (0, 1, 11)]
    assert (4, 3) == (reading, open_files(tmp_path))
    for file in files:
        file.close()
    assert 0 == open_files(tmp_path)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no telling what is open")
def test_of_a_group_of_which_one_is_gone_none_stays_open(tmp_path: Path) -> None:
    files = pooled(tmp_path, 6)
    (tmp_path / "4").unlink()
    with pytest.raises(InputError, match="cannot be opened"):
        LentFiles(files)
    assert 0 == open_files(tmp_path)

    group = LentFiles(files[:3])
    assert [b"0", b"1", b"2"] == [os.pread(each, 1, 5) for each in group.descriptors]
    group.close()
    assert 3 == open_files(tmp_path)
    for file in files:
        file.close()


def test_of_files_that_are_read_in_turn_only_those_without_room_are_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def noted(path: Path) -> FileIO:
        opened.append(path.name)
        return open_regular(path)

    files = pooled(tmp_path, 5)
    monkeypatch.setattr(pooled_file, "open_regular", noted)
    for _ in range(2):
        assert ["0", "1", "2", "3", "4"] == [read(file) for file in files]
    files.pop(1).close()
    assert ["0", "2", "3", "4", "3", "4"] == [read(files[at]) for at in (0, 1, 2, 3, 2, 3)]

    assert ["3", "4", "3", "4", "3", "4", "4"] == opened
    for file in files:
        file.close()


def test_a_closed_file_is_opened_again_when_it_is_read(tmp_path: Path) -> None:
    (file,) = pooled(tmp_path, 1)
    file.close()
    file.close()

    assert "0" == read(file)
    file.close()


def test_another_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (file,) = pooled(tmp_path, 1)
    file.close()
    (tmp_path / "new").write_text("file 0")
    (tmp_path / "new").rename(tmp_path / "0")

    with pytest.raises(InputError, match="is no longer the file that was first opened"):
        read(file)


def test_an_error_while_it_is_read_leaves_it_open(tmp_path: Path) -> None:
    (file,) = pooled(tmp_path, 1)
    with pytest.raises(ZeroDivisionError), file:
        raise ZeroDivisionError
    (tmp_path / "0").unlink()

    assert "0" == read(file)
    file.close()


def test_the_size_is_that_of_the_file_when_it_was_opened(tmp_path: Path) -> None:
    (file,) = pooled(tmp_path, 1)
    with (tmp_path / "0").open("a") as more:
        more.write("more")

    assert len("file 0") == file.size_bytes
    file.close()


def test_bytes_are_read_at_a_place_of_a_file_and_of_an_object_alike(tmp_path: Path) -> None:
    [file] = pooled(tmp_path, 1)
    with stored_objects() as store:
        store.objects["0"] = b"file 0"
        stored = PooledFile(ObjectPath("s3://bucket/0"))

        for each in (file, stored):
            assert (6, b"le", b"0", b"") == (
                *(each.size_bytes, each.read_at(2, 2)),
                *(each.read_at(5, 9), each.read_at(6, 9)),
            )
            each.close()
        assert b"file" == stored.read_at(0, 4)
