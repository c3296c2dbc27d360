"""`config show`: each setting, its value, and where it came from; `config init`: a file of them.

The precedence is that of the command itself: the environment, then the TOML files, then the
default. A flag belongs to one call of a command, and comes before all of them.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from click.core import ParameterSource

from protocol.errors import ResultLogError, SettingsError
from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from protocol.shown_address import shown_address

PLACES_KEY: Final = "protocol.config_places"
"""Where in `context.meta` stands which line of a TOML file holds each value."""

INIT: Final = "Write every setting into FILE, commented out: the one that is found, or another."
SHOW: Final = "Show each setting, of COMMAND alone or of all, and where its value came from."


class Setting(msgspec.Struct, frozen=True):
    """One option of a command: `where` is a variable, the file and its line, or `default`."""

    command: str
    option: str
    value: Any
    where: str


class Settings(msgspec.Struct, frozen=True):
    """All of a program, or of one of its commands."""

    schema: int
    settings: list[Setting]


class Written(msgspec.Struct, frozen=True):
    """The file that was made."""

    schema: int
    file: str


def config_command(program: click.Group) -> click.Group:
    """Return the command `config` of a program."""

    name = program.name
    example = f"\b\nExample:\n  {name} config show"
    of_init = f"\b\nExamples:\n  {name} config init\n  {name} config init my.toml"

    @click.group("config", help=f"Show the settings, or write a file of them.\n\n{example}")
    def config() -> None:
        pass

    @config.command("show", help=f"{SHOW}\n\n{example}")
    @click.argument("command", required=False)
    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
    @click.pass_context
    def show(context: click.Context, command: str | None, as_json: bool) -> None:
        settings = [
            setting
            for setting in settings_of(context.find_root(), program)
            if command is None or setting.command.split(".")[0] == command
        ]
        if command is not None and command not in program.commands:
            raise click.BadParameter(f"there is no {command!r}", param_hint="COMMAND")
        give_answer(_json(settings) if as_json else _text(settings))

    @config.command("init", help=f"{INIT}\n\n{of_init}")
    @click.argument("file", type=click.Path(path_type=Path), default=f"{name}.toml")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
    def init(file: Path, as_json: bool) -> None:
        from protocol.program.config_sample import sample_text

        write_new(file, sample_text(program))
        made = Written(SCHEMA, str(file))
        give_answer(json_bytes(made).decode() if as_json else f"made {file}")

    return config


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises:
        SettingsError: it is there.
        ResultLogError: it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise SettingsError(
            f"{path} is there already; it is left as it is",
            fix="move it away, or name another: config init FILE",
            code="Z219",
        ) from error
    except OSError as error:
        raise ResultLogError(
            f"cannot write {path}: {error.strerror}",
            fix="check the folder's permissions and the disk",
            code="Z602",
        ) from error


def settings_of(root: click.Context, program: click.Group) -> Iterator[Setting]:
    """Yield every setting of the program and of its commands."""
    yield from _of_command(root, program, "")


def _of_command(context: click.Context, command: click.Command, name: str) -> Iterator[Setting]:
    for option in command.params:
        if isinstance(option, click.Option) and option.expose_value:
            setting = _setting(context, option, name)
            if not option.hidden:
                yield setting
    if isinstance(command, click.Group):
        for key, deeper in command.commands.items():
            if key != "config":
                inner = click.Context(deeper, parent=context, info_name=key)
                yield from _of_command(inner, deeper, f"{name}.{key}".lstrip("."))


def _setting(context: click.Context, option: click.Option, command: str) -> Setting:
    from protocol.program.option_names import written  # `--help` does not need it

    value, source = option.consume_value(context, {})
    assert option.name is not None
    context.set_parameter_source(option.name, source)  # an error says it
    with contextlib.suppress(click.MissingParameter):  # one that must be given has no default
        option.process_value(context, value)  # what the command itself would refuse
    where = origin(context, option, source, command) or "default"
    return Setting(command, written(option), _plain(value), where)


def origin(
    context: click.Context, option: click.Option, source: ParameterSource | None, command: str
) -> str:
    """Return the variable or the file that a value came from, empty if from neither."""
    from protocol.program.environment_settings import environment_names

    if source is ParameterSource.ENVIRONMENT:
        return next(name for name in environment_names(context, option) if os.environ.get(name))
    if source is ParameterSource.DEFAULT_MAP:
        commands = command.split(".") if command else []
        return f"{context.meta[PLACES_KEY][*commands, option.name]}"
    return ""


def place_of(context: click.Context, option: click.Parameter) -> str:
    """Return where the value that is being read came from, as `origin` does."""
    if not isinstance(option, click.Option) or option.name is None:
        return ""
    command = context.command_path.partition(" ")[2].replace(" ", ".")
    return origin(context, option, context.get_parameter_source(option.name), command)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; None where nothing is set."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return shown_address(value) if "://" in value else value
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return None if "UNSET" in text or "Sentinel" in text else text


def _json(settings: list[Setting]) -> str:
    return msgspec.json.format(json_bytes(Settings(SCHEMA, settings)), indent=2).decode()


def _shown(value: Any) -> str:
    """Return a value as a reader has it; a list as TOML has it."""
    if value in (None, "", []):
        return "-"
    return json_bytes(value).decode() if isinstance(value, list) else f"{value}"


def _text(settings: list[Setting]) -> str:
    rows = [
        (
            f"{setting.command}.{setting.option}".lstrip("."),
            _shown(setting.value),
            setting.where,
        )
        for setting in settings
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:<{widths[1]}}  {where}" for name, value, where in rows
    )
