"""Settings of the environment: which variable an option is read from, and which is misspelled."""

import difflib
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Final

import click

from protocol import compiled_parts
from protocol.errors import SettingsError
from protocol.program import failpoint
from protocol.program.option_names import nearest
from protocol.program.service_variables import is_of_a_service

NO_SETTINGS: Final = {failpoint.VARIABLE, compiled_parts.VARIABLE}
"""Variables of ours that are not options."""

OF_VENUES: Final = "LIVE_URL_"
"""So do those begin that say where a venue is, one for each."""

LEAST_LIKENESS: Final = 0.8
"""Of a name to a setting's, both without the prefix, from where on it is a misspelled one."""


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
    given = {name for name in given if not name.startswith(f"{prefix}{OF_VENUES}")}
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
                    fix=nearest(name, known),
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
