"""A list that changes is read anew; one that is damaged meanwhile lets in whom it let in before."""

from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.keys.allowed import AllowedKeys, allowed_text
from protocol.keys.allowed_file import AllowedFile
from tests.protocol.keys.key_examples import ALLOWED


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "allowed.toml", allowed_text(ALLOWED))
    return tmp_path / "allowed.toml"


def write(path: Path, text: str) -> None:
    """Replace a file, as an editor and `zreplay keys` do."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o644)
    new.replace(path)


def test_it_is_read_at_first_and_again_only_when_it_has_changed(path: Path) -> None:
    file = AllowedFile(path)
    assert (ALLOWED.by_name, None) == (file.first.by_name, file.changed())
    write(path, allowed_text(AllowedKeys({})))

    changed = file.changed()
    assert changed is not None and {} == changed.by_name
    assert None is file.changed()


@pytest.mark.parametrize("damage", ["text", "mode", "gone"])
def test_what_cannot_be_read_changes_nothing_is_told_and_read_once_it_can(
    path: Path, damage: str
) -> None:
    file = AllowedFile(path)
    if damage == "text":
        write(path, "keys = 7")
    elif damage == "gone":
        path.unlink()
    else:
        write(path, allowed_text(ALLOWED))
        path.chmod(0o666)

    assert None is file.changed()
    assert str(path) in file.problem
    write(path, allowed_text(ALLOWED))
    assert file.changed() is not None
    assert "" == file.problem


def test_one_that_is_not_there_at_first_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        AllowedFile(tmp_path / "allowed.toml")
