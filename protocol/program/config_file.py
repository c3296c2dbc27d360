"""A TOML file of settings -> click's default_map, so that flags and environment come first.

log-format = "json"       an option of the program itself

[serve]                   a table for each command; dashes or underscores
speed = 10
live = ["ws://127.0.0.1:8765"]
"""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, Final

import click

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX, INT64_MIN
from protocol.program import compiled_parts, failpoint
from protocol.program.service_variables import is_of_a_service

NO_SETTINGS: Final = {failpoint.VARIABLE, compiled_parts.VARIABLE}
"""Variables of ours that are not options."""

MAX_FILE_BYTES: Final = 1024 * 1024
LEAST_LIKENESS: Final = 0.8
"""Of a name to a setting's, both without the prefix, from where on it is a misspelled one."""


def default_map(path: Path, group: click.Group) -> dict[str, Any]:
    """Return the file's settings for the commands of `group`.

    Raises:
        SettingsError: the file cannot be read, or holds a table or key that is not an option.
    """
    try:
        tables = tomllib.loads(_text(path))
    except OSError as error:
        raise SettingsError(
            f"cannot read {path}: {error.strerror}",
            fix="check the name after --config",
            code="Z208",
        ) from error
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits
        raise SettingsError(
            f"{path} is not TOML: {error}", fix="see https://toml.io", code="Z208"
        ) from error
    return _defaults_of(group, tables, str(path))


def _text(path: Path) -> str:
    """Return what a file holds, be it a pipe; a device may have no end."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise SettingsError(f"{path} has more than {MAX_FILE_BYTES} bytes", code="Z208")
    return data.decode()


def _defaults_of(command: click.Command, table: dict[str, Any], where: str) -> dict[str, Any]:
    options = {
        written(option).replace("-", "_"): option
        for option in command.params
        if isinstance(option, click.Option) and option.expose_value
    }
    commands = command.commands if isinstance(command, click.Group) else {}
    defaults: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if key in commands:
            if not isinstance(value, dict):
                raise SettingsError(
                    f"{where}: {key} is a command, not an option",
                    fix=f"write it as a table: [{key}]",
                    code="Z209",
                )
            defaults[key] = _defaults_of(commands[key], value, f"{where} [{key}]")
        elif name in options:
            option = options[name]
            assert option.name is not None
            defaults[option.name] = _value(option, value, f"{where}: {key}")
        else:
            known = (*commands, *(written(option) for option in options.values()))
            raise SettingsError(
                f"{where}: there is no {key!r}", fix=_nearest(key, known), code="Z209"
            )
    return defaults


def _value(option: click.Option, value: Any, where: str) -> Any:
    """Return the value in the form that click reads: a list where an option may be repeated."""
    for number in value if isinstance(value, list) else (value,):
        if isinstance(number, int) and not INT64_MIN <= number <= INT64_MAX:
            raise SettingsError(f"{where} was a number of more than 64 bits", code="Z209")
    if isinstance(value, dict) or (isinstance(value, list) and not option.multiple):
        raise SettingsError(
            f"{where} was a {type(value).__name__}, expected one value", code="Z209"
        )
    return [value] if option.multiple and not isinstance(value, list) else value


def written(option: click.Option) -> str:
    """Return an option's name as it is typed, without the dashes."""
    return max(option.opts, key=len).lstrip("-")


def environment_names(context: click.Context, option: click.Option) -> list[str]:
    """Return the variables that an option is read from, in the order in which they count."""
    if option.envvar is not None:
        return [option.envvar] if isinstance(option.envvar, str) else [*option.envvar]
    return [f"{context.auto_envvar_prefix}_{option.name}".upper()]


def check_environment(program: click.Group, environment: MutableMapping[str, str]) -> list[str]:
    """Return the variables with the program's prefix that are not settings of it.

    Those that say where a service is are removed from the environment: one may have the name of a
    setting.

    Raises:
        SettingsError: one is so close to a setting that it is probably meant to be one.
    """
    prefix = f"{program.context_settings['auto_envvar_prefix']}_"
    given = {name for name in environment if name.startswith(prefix)} - NO_SETTINGS
    if not given:
        return []
    root = click.Context(program, info_name=program.name, **program.context_settings)
    settings = [*_variables(root, program)]
    known = {name for _, _, names in settings for name in names}
    strange = []
    for name in sorted(given):
        if is_of_a_service(name.removeprefix(prefix), environment[name]):
            strange.append(name)
            del environment[name]
        elif name not in known:
            if _is_meant(name.removeprefix(prefix), prefix, settings):
                raise SettingsError(
                    f"there is no setting for the environment variable {name}",
                    fix=_nearest(name, known),
                    code="Z210",
                )
            strange.append(name)
    return strange


_Variable = tuple[str, str, list[str]]
"""The command, the option, and the variables that it is read from."""


def _is_meant(rest: str, prefix: str, settings: Iterable[_Variable]) -> bool:
    """Return whether a setting was meant: misspelled, without its command, or of another one."""
    settings = [*settings]
    options = {option for _, option, _ in settings}
    known = [name.removeprefix(prefix) for _, _, names in settings for name in names]
    is_of_another = any(
        rest.startswith(f"{command}_") and rest.removeprefix(f"{command}_") in options
        for command, _, _ in settings
    )
    is_near = difflib.get_close_matches(rest, known, n=1, cutoff=LEAST_LIKENESS)
    return rest in options or is_of_another or bool(is_near)


def _variables(context: click.Context, command: click.Command) -> Iterator[_Variable]:
    path = "_".join(context.command_path.split()[1:]).upper().replace("-", "_")
    for option in command.params:
        if isinstance(option, click.Option) and option.allow_from_autoenv and option.name:
            yield path, option.name.upper(), environment_names(context, option)
    if isinstance(command, click.Group):
        for name, deeper in command.commands.items():
            yield from _variables(click.Context(deeper, parent=context, info_name=name), deeper)


def _nearest(key: str, known: Iterable[str]) -> str:
    known = sorted(known)
    wanted = key if key.isupper() else key.replace("_", "-")
    nearest = difflib.get_close_matches(wanted, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else f"known settings: {', '.join(known)}"
