"""The commands of a group, some of which are imported when they are asked for.

To import all of them takes a twentieth of a short run.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

import click

Place = tuple[str, str]
"""A module, and what a command is called there."""


class LaterCommands(MutableMapping[str, click.Command]):
    """The commands that are there, and behind them those at some `places`, by their names."""

    def __init__(self, commands: Mapping[str, click.Command], places: Mapping[str, Place]) -> None:
        self._commands: dict[str, click.Command | Place] = {**commands, **places}

    def __getitem__(self, name: str) -> click.Command:
        found = self._commands[name]
        if isinstance(found, tuple):
            module, attribute = found
            found = self._commands[name] = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)
