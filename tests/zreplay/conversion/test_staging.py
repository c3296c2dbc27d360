"""What has its name is whole; who was killed leaves nothing that anybody takes for it."""

import os
from pathlib import Path

import pytest

from protocol.errors import NoRoom, ResultLogError, SettingsError
from zreplay.conversion.staging import MARK, Staging

FILE, FOLDER = False, True


def staged(out: Path, *, is_folder: bool = FILE, may_replace: bool = False) -> Staging:
    return Staging(out, is_folder=is_folder, may_replace=may_replace)


def put(staging: Staging, text: str) -> None:
    path = staging.part / "a" if staging.part.is_dir() else staging.part
    path.write_text(text)


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


@pytest.mark.parametrize("is_folder", [FILE, FOLDER])
def test_it_appears_when_it_is_committed_and_else_nothing_stays(
    tmp_path: Path, is_folder: bool
) -> None:
    out = tmp_path / "deep" / "out"
    with staged(out, is_folder=is_folder) as staging:
        put(staging, "half")
        assert {".out.part"} == names(out.parent)
    assert set() == names(out.parent)
    with staged(out, is_folder=is_folder) as staging:
        put(staging, "whole")
        staging.commit()

    assert {"out"} == names(out.parent)
    assert "whole" == (out / "a" if is_folder else out).read_text()


@pytest.mark.parametrize("is_folder", [FILE, FOLDER])
@pytest.mark.parametrize("left", ["file", "folder"])
def test_what_one_that_was_killed_left_is_replaced(
    tmp_path: Path, is_folder: bool, left: str
) -> None:
    part = tmp_path / ".out.part"
    if left == "folder":
        part.mkdir()
        (part / "b").write_text("half")
    else:
        part.write_text("longer than what is to come")
    with staged(tmp_path / "out", is_folder=is_folder) as staging:
        put(staging, "whole")
        staging.commit()

    assert {"out"} == names(tmp_path)
    out = tmp_path / "out"
    assert ({"a", MARK}, "whole") == (names(out), (out / "a").read_text()) if is_folder else True
    assert is_folder or "whole" == out.read_text()


def test_what_is_there_is_replaced_only_if_that_is_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for is_folder in (FILE, FOLDER, FOLDER, FILE):
        if out.is_dir() and not is_folder:
            break
        with staged(out, is_folder=is_folder, may_replace=True) as staging:
            put(staging, f"new {is_folder}")
            staging.commit()
        with (
            pytest.raises(SettingsError, match="is there already"),
            staged(out, is_folder=is_folder),
        ):
            pass
        assert {"out"} == names(tmp_path)


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious").touch()
    for is_folder in (FILE, FOLDER):
        with (
            pytest.raises(SettingsError, match="not made by a conversion"),
            staged(out, is_folder=is_folder, may_replace=True),
        ):
            pass
    assert ({"out"}, {"precious"}) == (names(tmp_path), names(out))


def test_what_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with (
        pytest.raises(SettingsError, match="is there already"),
        staged(tmp_path / "out") as staging,
    ):
        (tmp_path / "out").write_text("of another")
        staging.commit()

    assert "of another" == (tmp_path / "out").read_text()
    assert {"out"} == names(tmp_path)


def test_an_empty_folder_and_the_target_of_a_link_are_written(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with staged(tmp_path / "out", is_folder=FOLDER) as staging:
        staging.commit()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with staged(tmp_path / "link") as staging:
        put(staging, "whole")
        staging.commit()

    assert ("whole", True) == ((tmp_path / "real").read_text(), (tmp_path / "link").is_symlink())
    assert {"out", "link", "real"} == names(tmp_path)


def test_a_folder_whose_replacement_was_killed_comes_back(tmp_path: Path) -> None:
    out, old = tmp_path / "out", tmp_path / ".out.old"
    with staged(out, is_folder=FOLDER) as staging:
        put(staging, "first")
        staging.commit()
    os.rename(out, old)
    with pytest.raises(SettingsError, match="is there already"), staged(out, is_folder=FOLDER):
        pass
    assert ("first", {"out"}) == ((out / "a").read_text(), names(tmp_path))
    old.mkdir()
    with staged(out, is_folder=FOLDER, may_replace=True) as staging:
        put(staging, "second")
        staging.commit()
    assert ("second", {"out"}) == ((out / "a").read_text(), names(tmp_path))


@pytest.mark.parametrize("is_folder", [FILE, FOLDER])
def test_two_at_a_time_do_not_write_the_same(tmp_path: Path, is_folder: bool) -> None:
    with staged(tmp_path / "out", is_folder=is_folder) as first:
        put(first, "first")
        with (
            pytest.raises(ResultLogError, match="another process") as raised,
            staged(tmp_path / "out", is_folder=is_folder),
        ):
            pass
        first.commit()

    assert "Z601" == raised.value.code
    assert {"out"} == names(tmp_path)


def test_neither_a_device_nor_a_pipe_is_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")
    with (
        pytest.raises(SettingsError, match="neither a file nor a folder"),
        staged(tmp_path / "out", may_replace=True),
    ):
        pass


def test_errors_of_the_disk_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ResultLogError, match=r"cannot write .*/file/out: Not a directory"),
        staged(tmp_path / "file" / "out"),
    ):
        pass
    full = OSError(28, "No space left on device")
    with (
        pytest.raises(NoRoom, match=r"cannot write .*out: No space"),
        staged(tmp_path / "out").reported(),
    ):
        raise full
