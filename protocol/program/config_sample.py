"""A file of settings that sets nothing: every option of a program, commented out, with its help."""

import json
from collections.abc import Iterator
from typing import Any, Final

import click

from protocol.program.config_trust import why_refused
from protocol.program.option_names import written

HEAD: Final = """\
# Settings of {name}: a table for each command, a key for each option. Remove the # of what you set.
# Option over environment over this file over default; `{name} config show` says where each is from.
# "<WORD>" stands for a value: there is no default.
# [named]: taken only from a file that --config names, not from one that is found.
"""


def sample_text(program: click.Group) -> str:
    """Return a file that holds every setting at its default; `<WORD>` if it has none."""
    return "\n".join([HEAD.format(name=program.name), *_tables(program, "")])


def _tables(command: click.Command, table: str) -> Iterator[str]:
    name = table.rpartition(".")[2]
    options = [
        option
        for option in command.params
        if isinstance(option, click.Option) and option.expose_value and not option.hidden
    ]
    if options:
        lines = [_line(option, name) for option in options]
        yield "\n".join([*([f"[{table}]"] if table else []), *lines, ""])
    if isinstance(command, click.Group):
        for key, deeper in command.commands.items():
            if key != "config":
                yield from _tables(deeper, f"{table}.{key}".lstrip("."))


def _line(option: click.Option, command: str) -> str:
    key = written(option)
    context = click.Context(click.Command(command))
    value = _toml(option, option.get_default(context))
    named = "  [named]" if why_refused(command, key, None) else ""
    return f"# {key} = {value}  # {' '.join((option.help or '').split())}{named}"


def _toml(option: click.Option, default: Any) -> str:
    if option.multiple:
        return "[]"
    if option.is_flag:
        return "true" if default is True else "false"
    if isinstance(default, int | float):
        return f"{default}"
    if default is None or "UNSET" in f"{default}":
        return json.dumps(f"<{option.make_metavar(click.Context(click.Command(''))).strip('[]')}>")
    return json.dumps(f"{default}")
