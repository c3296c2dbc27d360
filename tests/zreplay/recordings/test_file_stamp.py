"""The stamp of a file changes with it, whatever is done to hide that."""

import os
from pathlib import Path

from zreplay.recordings.file_stamp import Stamp, stamp_from


def seen(path: Path) -> Stamp:
    return stamp_from(os.stat(path))


def test_it_is_the_same_as_long_as_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a" * 9)
    stamp = seen(path)

    assert (9, path.stat().st_ino) == (stamp.size_bytes, stamp.inode)
    assert stamp == seen(path)


def test_a_file_in_its_place_has_another_even_with_its_size_and_time(tmp_path: Path) -> None:
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    for each in (path, other):
        each.write_bytes(b"a" * 9)
        os.utime(each, ns=(0, 5))
    stamp = seen(path)
    other.replace(path)

    assert stamp != seen(path)
    assert stamp[:3] == seen(path)[:3]
