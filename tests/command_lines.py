"""Command lines read as our programs read them, without running anything."""

from collections.abc import Sequence

import click

import zmid.cli
import zreplay.commands.cli

PROGRAMS: dict[str, click.Group] = {"zreplay": zreplay.commands.cli.cli, "zmid": zmid.cli.cli}


def parse(program: str, arguments: Sequence[str]) -> click.Context:
    """Return the context of the command that these arguments name.

    Raises:
        click.UsageError: the program would refuse them.
    """
    command: click.Command = PROGRAMS[program]
    context, name, rest = None, program, list(arguments)
    while isinstance(command, click.Group):
        place = next((at for at, text in enumerate(rest) if text in command.commands), len(rest))
        # A group takes the name of its command with it, and complains without one.
        context = command.make_context(name, rest[: place + 1], parent=context, obj={})
        name, rest = rest[place], rest[place + 1 :]
        command = command.commands[name]
    return command.make_context(name, rest, parent=context)
