"""A file is read from any byte, up to where it ended when it was opened."""

import os
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.recordings.byte_reader import FileBytes, PlainBytes


def test_bytes_are_read_from_any_offset_and_the_last_ones_are_known(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    reader = PlainBytes(tmp_path / "a")

    assert FileBytes(b"345", is_last=False) == reader.read(3, 3)
    assert FileBytes(b"01234", is_last=False) == reader.read(0, 5)
    assert FileBytes(b"89", is_last=True) == reader.read(8, 3)
    assert FileBytes(b"", is_last=True) == reader.read(10, 3)
    reader.close()


@pytest.mark.parametrize(
    ("rest", "most", "size"), [(100, 40, 40), (51, 40, 40), (50, 40, 50), (3, 40, 3), (3, 3, 3)]
)
def test_the_last_few_bytes_are_read_with_those_before_them(
    tmp_path: Path, rest: int, most: int, size: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(7 + rest))
    stretch = PlainBytes(path).stretch(7, most)

    assert stretch is not None
    assert (7, size) == stretch[1:]


def test_at_its_end_a_file_has_no_stretch(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(7))

    assert PlainBytes(path).stretch(7, 40) is None


def test_the_share_is_that_of_the_bytes_also_once_closed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    reader = PlainBytes(tmp_path / "a")
    reader.close()

    assert [0.0, 0.5, 1.0] == [reader.share(offset) for offset in (0, 5, 10)]


def test_a_file_that_grows_is_read_up_to_where_it_ended_at_first(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    reader = PlainBytes(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"0123456789more")

    assert FileBytes(b"89", is_last=True) == reader.read(8, 6)
    assert FileBytes(b"", is_last=True) == reader.read(10, 4)
    assert FileBytes(b"", is_last=True) == reader.read(12, 4)
    reader.close()


def test_a_file_that_shrinks_is_refused_where_bytes_are_missing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    reader = PlainBytes(tmp_path / "a")
    os.truncate(tmp_path / "a", 5)

    assert FileBytes(b"01234", is_last=False) == reader.read(0, 5)
    with pytest.raises(InputError, match="ended at byte 5, it had 10 when it was opened"):
        reader.read(3, 4)
    reader.close()
