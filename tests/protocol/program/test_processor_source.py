"""An option names a source, which is read and not run."""

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.program import processor_source as this
from protocol.program.processor_source import processor_source


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("ticks", {}),
        ("ticks,tick=0.1", {"tick": "0.1"}),
        ("ticks,a=b:c.py:d,e==", {"a": "b:c.py:d", "e": "="}),
    ],
)
def test_a_file_is_named_with_its_parameters(
    tmp_path: Path, name: str, arguments: dict[str, str]
) -> None:
    path = tmp_path / "of,mine:too.py"
    path.write_text("raise SystemExit('it was run')")
    source = processor_source(f"{path}:{name}")

    assert (path, None, "ticks") == (source.path, source.module, source.name)
    assert (arguments, path.read_bytes()) == (source.arguments, source.content)


def test_a_module_is_found_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "screams.py").write_text("raise SystemExit('it was run')")
    monkeypatch.syspath_prepend(tmp_path)
    source = processor_source("screams:ticks")

    assert (tmp_path / "screams.py", "screams") == (source.path, source.module)
    assert "screams" not in sys.modules


def test_a_plain_name_is_that_of_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("decode", "json:decode", this.ENTRY_POINTS)]
    monkeypatch.setattr(
        "importlib.metadata.entry_points",
        lambda group, name: points if name == "mine" else [],
    )
    source = processor_source("mine,a=1")

    assert (json.__file__, "json", "decode", {"a": "1"}) == (
        *(str(source.path), source.module, source.name, source.arguments),
    )
    with pytest.raises(SettingsError, match="no package has one of that name"):
        processor_source("theirs")


@pytest.mark.parametrize(
    "text, says",
    [
        ("missing.py:ticks", "missing.py cannot be read: No such file"),
        ("no_such_module:ticks", "there is no module no_such_module"),
        ("no_such.package:ticks", "No module named 'no_such'"),
        ("sys:ticks", "the source of module sys cannot be read"),
        (":ticks", "does not name a processor"),
        ("json:", "does not name a processor"),
        ("json:a,b", "does not name a processor"),
    ],
)
def test_what_is_not_there_is_named(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        processor_source(text)

    assert ("Z215", this.FORMS) == (caught.value.code, caught.value.fix)


def test_a_source_is_the_same_wherever_it_lies_and_another_when_it_changes(tmp_path: Path) -> None:
    texts = []
    for folder, content in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "mine.py"
        path.write_text(content)
        texts.append(processor_source(f"{path}:ticks,b=2,a=1").in_words())

    assert texts[0].startswith("ticks,a=1,b=2 of source ")
    assert (True, False) == (texts[0] == texts[1], texts[0] == texts[2])
