"""A file that is replaced has all of its old bytes or all of its new ones."""

from pathlib import Path

import pytest

from protocol.program.replaced_file import replace_file


@pytest.mark.parametrize("was_there", [True, False])
def test_the_new_bytes_are_there_and_nothing_beside_them(tmp_path: Path, was_there: bool) -> None:
    path = tmp_path / "run.json"
    if was_there:
        path.write_bytes(b"an older and longer text")
    replace_file(path, b"new")

    assert b"new" == path.read_bytes()
    assert [path] == [*tmp_path.iterdir()]


def test_where_the_disk_refuses_it_the_old_bytes_are_there_and_nothing_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    path = tmp_path / "run.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", is_full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")

    assert b"old" == path.read_bytes()
    assert [path] == [*tmp_path.iterdir()]
