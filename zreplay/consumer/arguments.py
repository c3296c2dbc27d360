"""Options as a call in Python names them -> the arguments of a command."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final

import click

from protocol.errors import SettingsError
from zreplay.quotes.python_time import duration_text_of, instant_ns_of
from zreplay.quotes.timestamp_text import exact_time_text

INSTANTS: Final = {"start": "from", "end": "to", "start_at": "start-at"}
"""Named as in `zreplay.read`; `from` is a word of the language."""
DURATIONS: Final = ("start_offset", "duration", "delay", "max_gap", "max_jump", "reorder")
OWN: Final = frozenset(
    {"acks", "bind", "broadcast", "control", "fresh", "from", "historical", "json", "metrics"}
    | {
        "parent_fd",
        "state",
        "sync",
        "to",
        "wait_workers",
        "exit_when_done",
        "insecure",
        "key",
        "allowed",
        "help",
    }
)
"""What a replay of one's own decides itself, or calls by another name."""


def arguments_of(
    options: Mapping[str, Any],
    command: click.Command,
    own: Collection[str] = OWN,
    instants: Mapping[str, str] = INSTANTS,
) -> list[str]:
    """Return the arguments; a list is an option that is repeated, a mapping has `name=value`.

    `own` are the options that a call cannot name, `instants` those that are called otherwise.

    Raises:
        SettingsError: an option is unknown, or is no time where one is expected.
    """
    known = _options_of(command, own)
    arguments: list[str] = []
    for name, value in options.items():
        if name not in known and name not in instants:
            names = sorted({*known, *instants})
            near = get_close_matches(name, names, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise SettingsError(
                f"no option is called {name!r}",
                fix=f"{meant}one of {', '.join(names)}",
                code="Z201",
            )
        if value is None:
            continue
        if name in instants:
            time = value if isinstance(value, str) else exact_time_text(instant_ns_of(value, name))
            arguments.append(f"--{instants[name]}={time}")
        elif name in DURATIONS:
            arguments.append(f"{known[name].opts[0]}={duration_text_of(value, name)}")
        else:
            arguments += _said(known[name], name, value)
    return arguments


def _options_of(command: click.Command, own: Collection[str]) -> dict[str, click.Option]:
    """Return the options that may be given, by their long names with underscores."""
    options = [one for one in command.params if isinstance(one, click.Option)]
    names = {one.opts[0].lstrip("-").replace("-", "_"): one for one in options}
    return {name: one for name, one in names.items() if name not in own}


def _said(option: click.Option, name: str, value: Any) -> list[str]:
    word = option.opts[0]
    if option.is_flag:
        if not isinstance(value, bool):
            raise SettingsError(f"{name} was {value!r}, expected True or False", code="Z203")
        return [word] if value else []
    if isinstance(value, Mapping):
        values = [f"{key}={one}" for key, one in value.items()]
    elif isinstance(value, list | tuple | set | frozenset):
        values = [str(one) for one in value]
    else:
        values = [str(value)]
    if not option.multiple:
        values = [",".join(values)]
    return [f"{word}={one}" for one in values]
