"""An address is told from a path, and stays what it is when it is taken apart."""

from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.recordings.object_path import ObjectPath, address_of, scheme_of, written_path


def test_the_text_of_it_is_the_address_with_both_slashes() -> None:
    path = ObjectPath("s3://bucket/q/a.csv")

    assert ("s3://bucket/q/a.csv", "s3", "bucket/q/a.csv") == (str(path), path.scheme, path.key)
    assert ObjectPath("s3:/bucket/q/b.csv") == path.with_name("b.csv")
    assert "s3://bucket/q" == str(path.parent)
    assert path != Path("s3:/bucket/q/a.csv")


def test_they_are_sorted_by_their_folders_and_can_be_keys() -> None:
    paths = [ObjectPath(f"s3://b/{key}") for key in ("q-1/a", "q/z", "q/a")]

    assert [paths[2], paths[1], paths[0]] == sorted(paths)
    assert 3 == len({*paths, *map(ObjectPath, map(str, paths))})


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("s3://b/x", "s3"),
        ("S3:/b/x", "s3"),
        ("https://h", "https"),
        ("a.csv", ""),
        ("C:/x", ""),
        ("dir/s3:/x", ""),
    ],
)
def test_an_address_is_told_by_its_scheme(path: str, scheme: str) -> None:
    assert scheme == scheme_of(Path(path))


def test_an_address_that_was_a_path_has_two_slashes_again() -> None:
    assert "s3://b/x/s3:/y" == address_of(str(Path("S3://b/x/s3://y")))


def test_an_address_with_an_empty_part_is_refused_before_a_path_loses_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="s3://bucket/q//a.csv: has // in its key"):
        written_path("s3://bucket/q//a.csv")
    assert [Path("s3:/b/q/a.csv"), Path("d/a.csv")] == list(
        map(written_path, ("s3://b/q/a.csv", "d//a.csv"))
    )
