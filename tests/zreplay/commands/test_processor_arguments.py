"""Workers are told of processors as the user named them; a run is known by what they are."""

from pathlib import Path
from typing import Any

import pytest

from protocol.errors import SettingsError
from tests.command_lines import parse
from zreplay.commands.processor_arguments import (
    processor_arguments,
    processors_in_words,
    publish_arguments,
)


def options(*arguments: object) -> dict[str, Any]:
    return dict(parse("zreplay", ["run", *map(str, arguments)]).params)


def test_a_worker_gets_each_option_as_it_was_given(tmp_path: Path) -> None:
    named = ("a.py:one,x=1", "b:two")
    given = options(
        *(part for each in named for part in ("--processor", each)),
        *("--check-processor", 2.5, "--processor-limit", 7, "--no-mid"),
    )
    worker = parse("zmid", ["worker", *processor_arguments(given)]).params

    assert named == worker["processor"]
    assert (2.5, 7.0) == (worker["check_processor"], worker["processor_limit"])


def test_without_a_processor_there_is_nothing_to_tell() -> None:
    assert ([], []) == (processor_arguments(options()), processors_in_words(options()))


def test_a_changed_source_is_another_run_and_a_moved_one_is_not(tmp_path: Path) -> None:
    words = []
    for folder, content in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "mine.py"
        path.write_text(content)
        words += processors_in_words(options("--processor", f"{path}:one"))

    assert (True, False) == (words[0] == words[1], words[0] == words[2])


def test_a_run_that_computes_nothing_or_whose_source_is_missing_is_refused() -> None:
    with pytest.raises(SettingsError, match="nothing to compute"):
        processors_in_words(options("--no-mid"))
    with pytest.raises(SettingsError, match="missing.py cannot be read"):
        processors_in_words(options("--processor", "missing.py:one"))


@pytest.mark.parametrize(
    ("address", "more"),
    [("tcp://127.0.0.1:5561", ("--table",)), ("tcp://*:5561", ("--table", "--insecure"))],
)
def test_a_sink_is_told_where_to_publish(address: str, more: tuple[str, ...]) -> None:
    sink = parse("zmid", ["sink", *publish_arguments(options("--publish", address, *more))]).params

    assert (address, "--insecure" in more) == (sink["publish"], sink["insecure"])
    assert [] == publish_arguments(options())


@pytest.mark.parametrize(
    ("address", "more", "said"),
    [
        ("tcp://127.0.0.1:5561", (), "no table|there is none"),
        ("nonsense", ("--table",), "neither tcp"),
        ("tcp://*:5561", ("--table",), "reached by others"),
    ],
)
def test_what_could_not_be_published_is_refused(
    address: str, more: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        publish_arguments(options("--publish", address, *more))
