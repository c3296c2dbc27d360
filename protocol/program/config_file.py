"""A TOML file of settings -> click's default_map, so that flags and environment come first.

log-format = "json"       an option of the program itself

[serve]                   a table for each command; dashes or underscores
speed = 10
"""

import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from protocol.bounded_file import bounded_bytes
from protocol.errors import SettingsError
from protocol.program.config_lines import Key, lines_of
from protocol.program.config_trust import why_refused
from protocol.program.config_value import value_of
from protocol.program.option_names import nearest, written

MAX_FILE_BYTES: Final = 1024 * 1024


class Config(NamedTuple):
    """What files set: click's default_map, and `file:line` of each value.

    A place is that of the commands' names and the option's parameter.
    """

    defaults: dict[str, Any]
    places: dict[Key, str]

    def over(self, lower: "Config") -> "Config":
        """Return the settings of both, this one's where both have one."""
        return Config(_over(self.defaults, lower.defaults), {**lower.places, **self.places})


def _over(upper: dict[str, Any], lower: dict[str, Any]) -> dict[str, Any]:
    both = {**lower, **upper}
    for key in upper.keys() & lower.keys():
        if isinstance(upper[key], dict):
            both[key] = _over(upper[key], lower[key])
    return both


def read_config(
    path: Path, group: click.Group, *, shown: str = "", is_here: bool = False
) -> Config:
    """Return the file's settings for the commands of `group`.

    `shown` is how the file is called where that differs from its path; one that `is_here` was
    found in the folder of the call, and may not set all.

    Raises:
        SettingsError: the file cannot be read, holds a table or key that is not an option, or one
            that it may not set.
    """
    shown = shown or str(path)
    try:
        text = bounded_bytes(path, MAX_FILE_BYTES).decode()
        tables = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(
            f"cannot read {shown}: {error.strerror}",
            fix="check the file's name and permissions",
            code="Z208",
        ) from error
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits
        raise SettingsError(
            f"{shown} is not TOML: {error}",
            fix="see https://toml.io; texts stand in quotes: speed = 'max'",
            code="Z208",
        ) from error
    reader = _Reader(shown, lines_of(text), is_here=is_here)
    return Config(reader.defaults_of(group, tables, ()), reader.places)


class _Reader:
    """The tables of one file, read for the commands of a program; `places` are filled in."""

    def __init__(self, shown: str, lines: dict[Key, int], *, is_here: bool) -> None:
        self.places: dict[Key, str] = {}
        self._shown = shown
        self._lines = lines
        self._is_here = is_here

    def defaults_of(self, command: click.Command, table: dict[str, Any], at: Key) -> dict[str, Any]:
        """Return what a table, which stands at `at`, sets for a command."""
        options = {
            written(option).replace("-", "_"): option
            for option in command.params
            if isinstance(option, click.Option) and option.expose_value
        }
        commands = command.commands if isinstance(command, click.Group) else {}
        defaults: dict[str, Any] = {}
        for key, value in table.items():
            name = key.replace("-", "_")
            place = f"{self._shown}:{self._lines[(*at, key)]}"
            where = f"{place} [{'.'.join(at)}]" if at else place
            if key in commands:
                if not isinstance(value, dict):
                    raise SettingsError(
                        f"{where}: {key} is a command, not an option",
                        fix=f"write it as a table: [{key}]",
                        code="Z209",
                    )
                defaults[key] = self.defaults_of(commands[key], value, (*at, key))
            elif name in options:
                option = options[name]
                assert option.name is not None
                defaults[option.name] = value_of(option, value, f"{where}: {key}")
                self._check_is_allowed(at, option, value, where)
                self.places[*at, option.name] = place
            else:
                known = (*commands, *(written(option) for option in options.values()))
                below = [each for each, deeper in commands.items() if _has_option(deeper, name)]
                of_a_command = (
                    f"write it in the table of its command: [{below[0]}]" if below else ""
                )
                raise SettingsError(
                    f"{where}: there is no {key!r}",
                    fix=of_a_command or nearest(key, known),
                    code="Z209",
                )
        return defaults

    def _check_is_allowed(self, at: Key, option: click.Option, value: Any, where: str) -> None:
        name = written(option)
        why = why_refused(at[-1] if at else "", name, value) if self._is_here else ""
        if why:
            raise SettingsError(
                f"{where}: a file that was found here may not set {name}: {why}",
                fix=f"if you trust it, name it: --config {self._shown}",
                code="Z218",
            )


def _has_option(command: click.Command, name: str) -> bool:
    """Return whether one of the command's options that a file may set is called so."""
    return any(
        isinstance(option, click.Option)
        and option.expose_value
        and written(option).replace("-", "_") == name
        for option in command.params
    )
