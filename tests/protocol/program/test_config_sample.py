"""The file of all settings is accepted, changes nothing, and each line in it may be used."""

from pathlib import Path
from typing import Any

import click
import pytest

from protocol.errors import SettingsError
from protocol.program.config_command import settings_of
from protocol.program.config_file import read_config
from protocol.program.config_sample import sample_text
from tests.command_lines import PROGRAMS


def lines_of_options(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("# ") and " = " in line]


def used(text: str, *chosen: str) -> str:
    """Return the text with these lines no longer commented out."""
    lines = (line.removeprefix("# ") if line in chosen else line for line in text.splitlines())
    return "\n".join(lines)


def shown(program: click.Group, file: Path) -> dict[tuple[str, str], Any]:
    """Return each setting with its value, and what would be refused as it is."""
    context = click.Context(program, info_name=program.name, **program.context_settings)
    config = read_config(file, program)
    context.default_map, context.meta["protocol.config_places"] = config.defaults, config.places
    settings = settings_of(context, program)
    return {(each.command, each.option): each.value for each in settings}


@pytest.mark.parametrize("name", PROGRAMS)
def test_as_it_is_made_it_sets_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    path.write_text(sample_text(PROGRAMS[name]))

    assert {} == read_config(path, PROGRAMS[name], is_here=True).places


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_setting_is_in_it_and_its_value_is_the_default(name: str, tmp_path: Path) -> None:
    program = PROGRAMS[name]
    text = sample_text(program)
    lines = lines_of_options(text)
    empty, full = tmp_path / "empty.toml", tmp_path / "full.toml"
    empty.touch()
    full.write_text(used(text, *lines))
    expected = shown(program, empty)

    assert len(expected) == len(lines) == len(read_config(full, program).places)
    with_default = [line for line in lines if ' = "<' not in line]
    full.write_text(used(text, *with_default))
    assert expected == {key: value or expected[key] for key, value in shown(program, full).items()}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_line_says_if_a_file_that_is_found_may_not_have_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    text = sample_text(PROGRAMS[name])
    lines = text.splitlines()
    refused = []
    for at, line in enumerate(lines):
        if line not in lines_of_options(line):
            continue
        path.write_text("\n".join([*lines[:at], line.removeprefix("# "), *lines[at + 1 :]]))
        try:
            read_config(path, PROGRAMS[name], is_here=True)
        except SettingsError as error:
            assert "Z218" == error.code
            refused.append(line)

    assert [line for line in lines_of_options(text) if line.endswith("[named]")] == refused
