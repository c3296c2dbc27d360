"""What was set aside comes back whole or is removed whole, wherever it was interrupted."""

from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from protocol.program.earlier import Earlier

NAMES = ("a.log", "b.log", "c.log")


def earlier_in(folder: Path) -> Earlier:
    return Earlier(folder, "earlier", NAMES)


def left(folder: Path, *names: str, text: str = "earlier") -> None:
    for name in names:
        (folder / name).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def folders(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir()]


def test_what_is_set_aside_is_gone_from_its_place_and_comes_back(tmp_path: Path) -> None:
    left(tmp_path, "a.log", "c.log", "notes.txt")
    earlier = earlier_in(tmp_path)
    before = contents(tmp_path)
    earlier.set_aside()
    assert (["notes.txt"], True) == (list(contents(tmp_path)), earlier.is_kept)
    left(tmp_path, "a.log", "b.log", text="new")
    earlier.put_back()

    assert (before, [], False) == (contents(tmp_path), folders(tmp_path), earlier.is_kept)


def test_once_it_is_removed_nothing_comes_back(tmp_path: Path) -> None:
    left(tmp_path, *NAMES)
    earlier = earlier_in(tmp_path)
    earlier.set_aside()
    left(tmp_path, "a.log", text="new")
    earlier.remove()
    earlier.put_back()

    assert ({"a.log": "new"}, []) == (contents(tmp_path), folders(tmp_path))


def test_set_aside_again_it_is_still_the_first_that_is_kept(tmp_path: Path) -> None:
    """The second is of a start that did not come to begin."""
    left(tmp_path, "a.log")
    earlier_in(tmp_path).set_aside()
    left(tmp_path, "a.log", "b.log", text="new")
    earlier = earlier_in(tmp_path)
    earlier.set_aside()
    assert {} == contents(tmp_path)
    earlier.put_back()

    assert {"a.log": "earlier"} == contents(tmp_path)


def test_where_nothing_is_there_nothing_is_kept(tmp_path: Path) -> None:
    earlier = earlier_in(tmp_path)
    earlier.set_aside()
    assert not earlier.is_kept
    left(tmp_path, "a.log", text="new")
    earlier.put_back()
    earlier.remove()

    assert {"a.log": "new"} == contents(tmp_path)


@pytest.mark.parametrize("cut_at", range(4))
@pytest.mark.parametrize("verb", ["set_aside", "put_back"])
def test_cut_short_while_files_are_moved_all_are_in_their_place_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, cut_at: int
) -> None:
    left(tmp_path, *NAMES)
    earlier = earlier_in(tmp_path)
    if verb == "put_back":
        earlier.set_aside()
    moves = 0
    rename, replace = Path.rename, Path.replace

    def dying(move: object) -> object:
        def moved(path: Path, target: Path) -> Path:
            nonlocal moves
            moves += 1
            if moves > cut_at:
                raise KeyboardInterrupt
            return rename(path, target) if move is rename else replace(path, target)

        return moved

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", dying(rename))
        patch.setattr(Path, "replace", dying(replace))
        getattr(earlier, verb)()
    again = earlier_in(tmp_path)
    again.put_back()

    assert dict.fromkeys(NAMES, "earlier") == contents(tmp_path)
    assert [] == folders(tmp_path)


def test_cut_short_while_it_was_removed_it_is_gone_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(tmp_path, *NAMES)
    earlier = earlier_in(tmp_path)
    earlier.set_aside()

    def die(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("protocol.program.earlier.shutil.rmtree", die)
        earlier.remove()
    assert not earlier_in(tmp_path).is_kept

    assert ({}, []) == (contents(tmp_path), folders(tmp_path))


def test_a_disk_that_does_not_do_it_is_one_clear_error(tmp_path: Path) -> None:
    left(tmp_path, "a.log")
    (tmp_path / "b.log").mkdir()
    (tmp_path / "earlier.part").write_text("in the way")
    with pytest.raises(ResultLogError, match="cannot set aside") as caught:
        earlier_in(tmp_path).set_aside()

    assert "Z602" == caught.value.code


def test_a_folder_is_set_aside_and_comes_back_as_a_file_does(tmp_path: Path) -> None:
    (tmp_path / "a.log").mkdir()
    left(tmp_path / "a.log", "within")
    earlier = earlier_in(tmp_path)
    earlier.set_aside()
    (tmp_path / "a.log").mkdir()
    left(tmp_path / "a.log", "within", "more", text="new")
    earlier_in(tmp_path).put_back()

    assert ({"within": "earlier"}, ["a.log"]) == (contents(tmp_path / "a.log"), folders(tmp_path))
