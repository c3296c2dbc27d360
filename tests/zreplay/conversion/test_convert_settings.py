"""What cannot be converted is refused before anything is read or written."""

import os
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from tests.zreplay.conversion.converted import settings_of
from zreplay.conversion.output_files import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_the_name_says_the_kind(kind: str) -> None:
    for name in (f"a.b{kind}", f"A{kind.upper()}"):
        assert kind == settings_of(Path("in.csv"), to=Path(name)).kind


def test_a_folder_without_such_an_end_holds_parquet_and_a_file_is_refused() -> None:
    assert ".parquet" == settings_of(Path("in.csv"), to=Path("days"), split="day").kind
    for name, split in (("days", ""), ("days.cvs", "day"), ("out.json", "")):
        with pytest.raises(SettingsError, match="expected a name that ends with"):
            settings_of(Path("in.csv"), to=Path(name), split=split)


def test_no_input_is_written_over_by_whatever_name(tmp_path: Path) -> None:
    path = tmp_path / "days" / "in.csv"
    path.parent.mkdir()
    path.touch()
    (tmp_path / "link.csv").symlink_to(path)
    os.link(path, tmp_path / "hard.csv")
    (tmp_path / "out.csv.rejected.log").touch()

    for to in (
        path,
        tmp_path / "link.csv",
        tmp_path / "hard.csv",
        path.parent / ".." / "days/in.csv",
    ):
        with pytest.raises(SettingsError, match="is a file that is read"):
            settings_of(path, to=to)
    with pytest.raises(SettingsError, match="the folder of one"):
        settings_of(path, to=path.parent, split="day")
    with pytest.raises(SettingsError, match="is a file that is read"):
        settings_of(tmp_path / "out.csv.rejected.log", to=tmp_path / "out.csv")


def test_nothing_to_convert_a_file_given_twice_and_an_unknown_split_are_refused() -> None:
    with pytest.raises(SettingsError, match="nothing to convert"):
        settings_of(to=Path("out.csv"))
    with pytest.raises(SettingsError, match="given twice"):
        settings_of(Path("in.csv"), Path("in.csv"), to=Path("out.csv"))
    with pytest.raises(SettingsError, match="--split was 'hour'"):
        settings_of(Path("in.csv"), to=Path("out.csv"), split="hour")
    with pytest.raises(SettingsError, match="--max-buffer was 0"):
        settings_of(Path("in.csv"), to=Path("out.csv"), max_buffer_rows=0)
