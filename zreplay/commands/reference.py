"""`zreplay reference`: tables to look things up in, each from the file that owns it.

A topic is one row of `TOPICS` and returns its whole table; the rows to print are chosen here.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import click
import msgspec

from protocol.error_codes import ERROR_CODES, ROW_CODES
from protocol.errors import SettingsError
from protocol.json_text import json_bytes
from protocol.program.answer import give_answer
from zreplay.commands.json_option import JSON_OPTION
from zreplay.commands.schemas import SHAPES, schema_of
from zreplay.controls.verb_table import VERBS

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
    from zreplay.controls.status_schema import FIELDS  # whose structs take 4 ms to make

    return [ReferenceRow(name, what) for name, what in FIELDS.items()]


def _verbs() -> list[ReferenceRow]:
    return [
        ReferenceRow(name, f"{verb.value + ': ' if verb.value else ''}{verb.what}")
        for name, verb in VERBS.items()
    ]


def _formats() -> list[ReferenceRow]:
    from zreplay.recordings.formats.known_formats import known_formats

    rows = []
    for known in known_formats():
        names = known.header or [spellings[0] for spellings in known.columns.values()]
        unverified = "" if known.is_verified else " [unverified]"
        told = "without a header: " if known.header else "told by "
        rows.append(ReferenceRow(known.name, f"{known.what}{unverified}; {told}{', '.join(names)}"))
    return sorted([*rows, *_NOT_OF_COLUMNS])


_NOT_OF_COLUMNS: Final = (
    ReferenceRow(
        "cryptofeed",
        "raw data that cryptofeed kept, read by the adapter of its venue: --venue NAME, its "
        "address, or what its messages show; told by `1652459225.5: MESSAGE`",
    ),
    ReferenceRow(
        "dbn",
        "DBN of Databento, .dbn or .dbn.zst, with the extra [dbn]; told by its first bytes alone",
    ),
    ReferenceRow(
        "hftbacktest",
        "what its collector kept, likewise; told by `1723161253937085768 MESSAGE`",
    ),
)


def _tries(tries: tuple[int, int] | None) -> list[str]:
    return [f"{tries[0]} connections in {tries[1] / 1e9:g} s a host"] if tries else []


def _venues() -> list[ReferenceRow]:
    from zreplay.live.known_venues import known_venues, venues_of_packages

    rows = []
    for venue in known_venues():
        limits, unverified = venue.limits, "" if venue.is_verified else " [unverified]"
        facts = (
            f"{venue.channel}: {venue.shows}{unverified}",
            f"time {venue.times}",
            f"amounts {venue.amounts}",
            f"{limits.symbols_a_request} symbols a request, one each "
            f"{limits.request_every_ns / 1e9:g} s, {limits.symbols_a_connection} a connection",
            *_tries(limits.tries),
            limits.for_reference,
            f"{venue.url}, or {venue.variable}; --live {venue.name}:{venue.example}",
        )
        rows.append(ReferenceRow(venue.name, "; ".join(facts)))
    for point in venues_of_packages():
        package = point.dist.name if point.dist is not None else point.value
        rows.append(ReferenceRow(point.name, f"of the package {package}, imported only by --live"))
    return rows


def _schemas() -> list[ReferenceRow]:
    return [ReferenceRow(name, shape.what) for name, shape in SHAPES.items()]


TOPICS: Final = {
    "errors": Topic(
        "codes of errors and of rejected rows; the first digit is the exit code", _errors
    ),
    "formats": Topic(
        "formats of recordings, by what they are told, and for --format; of your own: my.toml",
        _formats,
    ),
    "venues": Topic("venues for --live: channel, times, amounts, limits, address", _venues),
    "status": Topic("fields of `zreplay ctl status --json`", _status),
    "schema": Topic("the JSON Schema of what --json prints, NAME the whole of one", _schemas),
    "verbs": Topic("what `zreplay ctl` may ask of a running replayer", _verbs),
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
    """Look up error codes, formats, venues, status fields, schemas.

    Without TOPIC it lists the topics. NAME is the beginning of an entry: Z301 is one code, Z3
    all that begin with it.

    \b
    Examples:
      zreplay reference
      zreplay reference errors Z301
      zreplay reference formats tardis
      zreplay reference venues okx
      zreplay reference status in_flight --json
      zreplay reference schema status
    """
    if topic == "schema" and name in SHAPES:
        give_answer(msgspec.json.format(json_bytes(schema_of(name)), indent=2).decode())
        return
    if topic is None:
        key, entries = "topics", [ReferenceRow(each, TOPICS[each].what) for each in TOPICS]
    else:
        # Beside the number of the schema: it has that key.
        key = "schemas" if topic == "schema" else topic
        entries = entries_of(topic, name)
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
