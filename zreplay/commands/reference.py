"""`zreplay reference`: tables to look things up in, each from the file that owns it.

A topic is one row of `TOPICS` and returns its whole table; the rows to print are chosen here.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import click

from protocol.error_codes import ERROR_CODES, ROW_CODES
from protocol.errors import SettingsError
from protocol.json_text import json_bytes
from protocol.program.answer import give_answer
from zreplay.commands.ctl_cli import JSON_OPTION
from zreplay.controls.status_schema import FIELDS

SCHEMA: Final = 1
"""The schema of the JSON; keys may be added without a new number."""


class ReferenceRow(NamedTuple):
    """One row of a table; `fix` is what to do about it, empty if there is nothing to do."""

    name: str
    what: str
    fix: str = ""


class Topic(NamedTuple):
    """One table: what it lists, and its rows in the order they are printed."""

    what: str
    entries: Callable[[], list[ReferenceRow]]


def _errors() -> list[ReferenceRow]:
    rejections = [ReferenceRow(code, what) for code, what in ROW_CODES.items()]
    return rejections + [
        ReferenceRow(code, each.what, each.fix) for code, each in ERROR_CODES.items()
    ]


def _status() -> list[ReferenceRow]:
    return [ReferenceRow(name, what) for name, what in FIELDS.items()]


def _formats() -> list[ReferenceRow]:
    from zreplay.recordings.formats.known_formats import known_formats

    rows = []
    for known in known_formats():
        names = known.header or [spellings[0] for spellings in known.columns.values()]
        unverified = "" if known.is_verified else " [unverified]"
        told = "without a header: " if known.header else "told by "
        rows.append(ReferenceRow(known.name, f"{known.what}{unverified}; {told}{', '.join(names)}"))
    return rows


TOPICS: Final = {
    "errors": Topic(
        "codes of errors and of rejected rows; the first digit is the exit code", _errors
    ),
    "formats": Topic(
        "formats of recordings, by what they are told, and for --format; of your own: my.toml",
        _formats,
    ),
    "status": Topic("fields of `zreplay ctl status --json`", _status),
}


def entries_of(topic: str, name: str) -> list[ReferenceRow]:
    """Return the rows of a topic whose name begins with `name`, in any case.

    Raises:
        SettingsError: there is no such row.
    """
    entries = TOPICS[topic].entries()
    found = [entry for entry in entries if entry.name.lower().startswith(name.lower())]
    if not found:
        raise SettingsError(
            f"{topic} has no entry that begins with {name!r}",
            fix=f"zreplay reference {topic}",
            code="Z203",
        )
    return found


@click.command()
@click.argument("topic", required=False, type=click.Choice(tuple(TOPICS)), metavar="[TOPIC]")
@click.argument("name", required=False, default="", metavar="[NAME]")
@JSON_OPTION
def reference(topic: str | None, name: str, as_json: bool) -> None:
    """Look up error codes, formats of recordings and status fields.

    Without TOPIC it lists the topics. NAME is the beginning of an entry: Z301 is one code, Z3
    all that begin with it.

    \b
    Examples:
      zreplay reference
      zreplay reference errors Z301
      zreplay reference formats tardis
      zreplay reference status in_flight --json
    """
    if topic is None:
        key, entries = "topics", [ReferenceRow(each, TOPICS[each].what) for each in TOPICS]
    else:
        key, entries = topic, entries_of(topic, name)
    give_answer(_json(key, entries) if as_json else _text(entries))


def _json(key: str, entries: list[ReferenceRow]) -> str:
    rows = [
        {field: text for field, text in entry._asdict().items() if text or field != "fix"}
        for entry in entries
    ]
    return json_bytes({"schema": SCHEMA, key: rows}).decode()


def _text(entries: list[ReferenceRow]) -> str:
    width = max(len(entry.name) for entry in entries)
    lines = []
    for entry in entries:
        lines.append(f"{entry.name:<{width}}  {entry.what}")
        if entry.fix:
            lines.append(f"{'':<{width}}  fix: {entry.fix}")
    return "\n".join(lines).replace("`", "")
