"""A file is read whole or not at all, and never more of it than may be."""

import errno
import os
import threading
from pathlib import Path

import pytest

from protocol.bounded_file import bounded_bytes


def test_a_file_of_just_so_many_bytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")

    assert b"12345" == bounded_bytes(path, 5)


@pytest.mark.parametrize("path", ["a", "/dev/zero"])
def test_one_of_more_is_refused_be_it_without_end(path: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123456")
    with pytest.raises(OSError, match="more than 5 bytes") as refused:
        bounded_bytes(tmp_path / path, 5)

    assert errno.EFBIG == refused.value.errno


def test_a_pipe_is_read_to_its_end_also_where_its_writer_comes_late(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"12345" * 30_000))
    writer.start()
    data = bounded_bytes(pipe, 1 << 20)
    writer.join()

    assert b"12345" * 30_000 == data


@pytest.mark.parametrize("has_writer", [False, True])
def test_a_pipe_into_which_nothing_comes_is_given_up(has_writer: bool, tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    writer = os.open(pipe, os.O_RDWR) if has_writer else None
    with pytest.raises(OSError, match="nothing was written to it for 0.01 s"):
        bounded_bytes(pipe, 5, 0.01)
    if writer is not None:
        os.close(writer)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        bounded_bytes(tmp_path, 5)
