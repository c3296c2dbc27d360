"""A file is read whole or not at all, and never more of it than may be."""

import errno
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
