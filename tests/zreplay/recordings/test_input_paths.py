"""A pattern stands for the files that it matches, by name; anything else for itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.recordings.input_paths import STANDARD_INPUT, check_is_no_address, matching


def test_a_pattern_becomes_its_files_by_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt", "deep/d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    a, b, d = (tmp_path / name for name in ("a.csv", "b.csv", "deep/d.csv"))

    assert (a, b) == matching([tmp_path / "*.csv"])
    assert (b, a) == matching([b, tmp_path / "[a]*"])
    assert (a, b, d) == matching([tmp_path / "**" / "*.csv"])


def test_a_name_is_itself_whether_the_file_is_there_or_not(tmp_path: Path) -> None:
    strange = tmp_path / "a[1].csv"
    strange.touch()

    assert (strange, Path("nowhere"), STANDARD_INPUT) == matching(
        [strange, Path("nowhere"), STANDARD_INPUT]
    )


def test_a_pattern_without_a_match_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file matches"):
        matching([tmp_path / "*.csv"])


@pytest.mark.parametrize("check", [check_is_no_address, lambda path: matching([path])])
def test_an_address_is_refused_without_its_secrets(check: Callable[[Path], object]) -> None:
    with pytest.raises(InputError) as raised:
        check(Path("s3://K:S@b/x?secret=T"))

    assert "s3://b/x is an address, not a file" == raised.value.what


def test_a_file_below_a_folder_that_is_called_like_a_scheme_is_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("s3:/quotes.csv")
    path.parent.mkdir()
    path.touch()

    assert (path,) == matching([path])
