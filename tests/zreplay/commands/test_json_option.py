"""`--json` is one option, wherever a command has it."""

from collections.abc import Iterator

import click

from zreplay.commands.cli import cli
from zreplay.commands.json_option import JSON_HELP


def json_options_of(command: click.Command) -> Iterator[click.Option]:
    for option in command.params:
        if isinstance(option, click.Option) and "--json" in option.opts and not option.hidden:
            yield option
    for deeper in command.commands.values() if isinstance(command, click.Group) else ():
        yield from json_options_of(deeper)


def test_it_is_a_flag_that_says_that_it_prints_one_object() -> None:
    options = [*json_options_of(cli)]

    assert len(options) > 10
    assert {True} == {option.is_flag for option in options}
    assert not [option.help for option in options if not (option.help or "").startswith("One JSON")]
    assert JSON_HELP in {option.help for option in options}
