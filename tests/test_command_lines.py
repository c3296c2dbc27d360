"""Every command of both programs has help with examples, and every report comes as JSON too."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.command_lines import PROGRAMS
from zreplay.controls.verb_table import VERBS

NOTHING_TO_READ = {"zreplay feed", "zmid worker", "zmid sink"}
"""They answer nothing; what goes on in them is in their diagnostics, and in `ctl status`."""
LINES_WHEN_PIPED = {"zreplay top"}
FOR_A_SHELL = {"zreplay completion", "zmid completion"}
OF_ITS_OWN = {"--bind", "--out"}
"""Options whose default depends on the command."""


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for key, deeper in command.commands.items():
            yield from leaves(deeper, f"{name} {key}")
    else:
        yield name, command


COMMANDS = dict(found for name, group in PROGRAMS.items() for found in leaves(group, name))


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_ends_well_and_has_an_example(name: str, flag: str) -> None:
    program, *rest = name.split()
    result = CliRunner().invoke(PROGRAMS[program], [*rest, flag])

    assert 0 == result.exit_code
    assert "Example" in result.output
    assert name.partition(" ")[2] in result.output.partition("Example")[2]


@pytest.mark.parametrize(
    "name", sorted(set(COMMANDS) - NOTHING_TO_READ - LINES_WHEN_PIPED - FOR_A_SHELL)
)
def test_what_is_read_out_comes_as_json_too(name: str) -> None:
    assert "--json" in [opt for option in COMMANDS[name].params for opt in option.opts]


def test_an_option_has_the_same_default_in_every_command_of_both_programs() -> None:
    defaults: dict[str, set[object]] = {}
    for command in COMMANDS.values():
        for option in command.params:
            if isinstance(option, click.Option) and not option.is_flag:
                value = option.get_default(click.Context(command))
                if isinstance(value, (int, float, str, Path)):  # it has one
                    defaults.setdefault(option.opts[0], set()).add(value)

    assert OF_ITS_OWN == {option for option, values in defaults.items() if len(values) > 1}


def test_every_verb_is_a_command() -> None:
    verbs = {name.removeprefix("zreplay ctl ") for name in COMMANDS if " ctl " in name}

    assert set(VERBS) == verbs
