"""`config show`: each setting of a program, its value, and where it came from.

The precedence is that of the command itself: the environment, then the TOML file, then the
default. A flag belongs to one call of a command, and comes before all of them.
"""

import os
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import click
from click.core import ParameterSource

from protocol.program.answer import give_answer
from protocol.shown_address import shown_address

CONFIG_KEY: Final = "protocol.config_path"
"""Where in `context.meta` the path of the TOML file stands."""


SHOW: Final = "Show each setting, of COMMAND alone or of all, and where its value came from."


class Setting(NamedTuple):
    """One option of a command: `where` is a variable, the file, or `default`."""

    command: str
    option: str
    value: Any
    where: str


def config_command(program: click.Group) -> click.Group:
    """Return the command `config` of a program."""

    example = f"\b\nExample:\n  {program.name} config show"

    @click.group("config", help=f"Show the settings.\n\n{example}")
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

    return config


def settings_of(root: click.Context, program: click.Group) -> Iterator[Setting]:
    """Yield every setting of the program and of its commands."""
    yield from _of_command(root, program, "")


def _of_command(context: click.Context, command: click.Command, name: str) -> Iterator[Setting]:
    for option in command.params:
        if isinstance(option, click.Option) and option.expose_value and not option.hidden:
            yield _setting(context, option, name)
    if isinstance(command, click.Group):
        for key, deeper in command.commands.items():
            if key != "config":
                inner = click.Context(deeper, parent=context, info_name=key)
                yield from _of_command(inner, deeper, f"{name}.{key}".lstrip("."))


def _setting(context: click.Context, option: click.Option, command: str) -> Setting:
    from protocol.program.config_file import written  # `--help` does not need it

    value, source = option.consume_value(context, {})
    assert option.name is not None
    context.set_parameter_source(option.name, source)  # an error says it
    option.process_value(context, value)  # what the command itself would refuse
    where = origin(context, option, source, command) or "default"
    return Setting(command, written(option), _plain(value), where)


def origin(
    context: click.Context, option: click.Option, source: ParameterSource | None, command: str
) -> str:
    """Return the variable or the file that a value came from, empty if from neither."""
    from protocol.program.config_file import environment_names

    if source is ParameterSource.ENVIRONMENT:
        return next(name for name in environment_names(context, option) if os.environ.get(name))
    if source is ParameterSource.DEFAULT_MAP:
        return f"{context.meta[CONFIG_KEY]} [{command}]".removesuffix(" []")
    return ""


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
    import json

    from protocol.json_text import with_utf8

    found = [with_utf8(setting._asdict()) for setting in settings]
    return json.dumps({"settings": found}, indent=2)


def _text(settings: list[Setting]) -> str:
    rows = [
        (
            f"{setting.command}.{setting.option}".lstrip("."),
            "-" if setting.value in (None, "", []) else f"{setting.value}",
            setting.where,
        )
        for setting in settings
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:<{widths[1]}}  {where}" for name, value, where in rows
    )
