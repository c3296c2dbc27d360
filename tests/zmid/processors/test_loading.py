"""What is loaded is exactly what was named, and it is known by its source."""

import sys
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from zmid.processors.loading import load

SOURCE = """
from zmid.processors import Text, processor

@processor(Text("ticks.csv"))
def ticks(quotes, *, tick: float = 0.1, ticker: str = "A", depth: int = 1):
    return b""

@processor(Text("other.csv"))
def other(quotes):
    return b""

@processor(Text("loose.csv"))
def loose(quotes, *, tick):
    return b""

number = 7
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def test_a_file_is_loaded_by_its_path_and_the_path_of_modules_stays(file: Path) -> None:
    before = list(sys.path)
    (mine,) = load([f"{file}:ticks"])

    assert (before, False) == (sys.path, "mine" in sys.modules)
    assert ("ticks", {"tick": 0.1, "ticker": "A", "depth": 1}) == (mine.name, mine.parameters)
    assert (str(file), "ticks.csv") == (mine.path, mine.declaration.outputs[0].name)


def test_a_module_is_imported_by_its_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(file.parent)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (by_name,), (by_path,) = load(["mine:ticks"]), load([f"{file}:ticks"])

    assert by_path.declaration == by_name.declaration


def test_a_parameter_is_read_as_its_default_and_told(file: Path) -> None:
    (mine,) = load([f"{file}:ticks,tick=0.5,ticker=B:C,depth=3"])

    assert {"tick": 0.5, "ticker": "B:C", "depth": 3} == mine.parameters
    assert "tick=0.5, ticker='B:C', depth=3" == mine.declaration.parameters


def test_source_name_and_parameters_make_the_difference_and_the_folder_does_not(
    file: Path, tmp_path: Path
) -> None:
    def digest(path: Path, more: str = "") -> bytes:
        (mine,) = load([f"{path}:ticks{more}"])
        return mine.declaration.digest

    (tmp_path / "copy").mkdir()
    copy, changed = tmp_path / "copy" / "mine.py", tmp_path / "copy" / "other.py"
    copy.write_text(SOURCE)
    changed.write_text(SOURCE + "# changed\n")
    (other,) = load([f"{file}:other"])

    assert digest(file) == digest(copy) == digest(file, ",tick=0.1")
    different = {digest(file), digest(changed), digest(file, ",tick=0.2")}
    assert 4 == len(different | {other.declaration.digest})


@pytest.mark.parametrize(
    "what, says",
    [
        ("{file}:missing", "has no missing"),
        ("{file}:number", "has a int called number"),
        ("{file}:ticks,tock=1", "has no parameter tock: it has tick, ticker, depth"),
        ("{file}:ticks,tick=much", "a parameter of ticks: could not convert"),
        ("{file}:other,tick=1", "has no parameter tick: it has none"),
        ("{file}:loose", "parameter tick of loose needs a default"),
        ("{file}:ticks,ticker=Ö", "not 512 of ASCII"),
    ],
)
def test_what_cannot_be_loaded_is_named(file: Path, what: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        load([what.format(file=file)])

    assert "Z215" == caught.value.code


@pytest.mark.parametrize(
    "source, says",
    [
        ("import no_such_module", r"ModuleNotFoundError: No module named .* \(line 1\)"),
        ("\n1 / 0", r"ZeroDivisionError: division by zero \(line 2\)"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def broken(", "SyntaxError"),
        ("from zmid.processors import Text\nText('../up')", "is not the name of a file"),
    ],
)
def test_a_file_that_fails_is_named_with_its_line(file: Path, source: str, says: str) -> None:
    file.write_text(source)
    with pytest.raises(SettingsError, match=says):
        load([f"{file}:ticks"])


def test_two_that_would_write_one_file_or_have_one_name_are_refused(file: Path) -> None:
    with pytest.raises(SettingsError, match="two have the name ticks"):
        load([f"{file}:ticks", f"{file}:ticks,tick=0.2"])
    again = file.parent / "again.py"
    again.write_text(SOURCE.replace("def other", "def another"))
    with pytest.raises(SettingsError, match="two outputs have the name other.csv"):
        load([f"{file}:other", f"{again}:another"])


@pytest.mark.parametrize("name", ["mids.arrows", "mid_prices.log", "errors.log", "Errors.LOG"])
def test_the_name_of_a_file_of_ours_is_taken(file: Path, name: str) -> None:
    file.write_text(SOURCE.replace("ticks.csv", name))
    with pytest.raises(SettingsError, match="is the name of a file of ours"):
        load([f"{file}:ticks"])


def test_more_than_eight_are_refused(file: Path) -> None:
    with pytest.raises(SettingsError, match="9 processors were named, 8 at most"):
        load([f"{file}:ticks"] * 9)
