"""The columns of a file, and its name -> the layouts of the formats that fit.

A format fits if it finds all that it needs. Of those that fit, the ones that find most of the
columns are taken; our own is the first of equals, then a vendor's, then one of guessed names.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from protocol.errors import InputError, SettingsError
from zreplay.recordings.formats.definition import FormatDefinition
from zreplay.recordings.formats.format_options import NONE, RECORDED, FormatOptions
from zreplay.recordings.formats.kept_rows import RowRule
from zreplay.recordings.formats.known_formats import format_named, known_formats
from zreplay.recordings.formats.latency_names import may_be_latency
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.name_pattern import (
    NameParts,
    parts_of_hive,
    parts_of_name,
    parts_of_path,
    says_something,
    telling_path,
)
from zreplay.recordings.formats.own_format import OWN, OWN_FORMAT
from zreplay.recordings.formats.time_form import ANY, day_ns

GENERIC: Final = "generic"
_MAY_TELL: Final = re.compile(r"[_+]|[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
"""What stands in each name in which a format reads something: an underscore, a plus or a day."""

_LATENCIES: Final = ("latency", "local_timestamp")
_TICKERS: Final = ("ticker", "symbol", "exchange")


class Columns(NamedTuple):
    """What is known of a file before a row is: `delimiter` is empty where there is none."""

    names: tuple[str, ...]
    file: str
    delimiter: str = ""
    why: str = "its columns"
    has_header: bool = True


class _Match(NamedTuple):
    layout: Layout
    lacking: list[str]
    found: int
    """How many of the columns the format knows."""


def asked_for(options: FormatOptions) -> Sequence[FormatDefinition]:
    """Return the formats that may be taken."""
    return (format_named(options.format),) if options.format else known_formats()


def telling_name(file: str, options: FormatOptions) -> str:
    """Return the end of a file's path that something is read in, empty if nothing is."""
    if path := telling_path(options.path, file):
        return path
    name = _name_of(file)
    if not options.format and not _MAY_TELL.search(name):
        return ""  # no format need be read
    patterns = [each.file for each in asked_for(options) if each.file]
    return name if says_something(patterns, name) else ""


def fitting(
    columns: Columns,
    options: FormatOptions,
    definitions: Sequence[FormatDefinition] | None = None,
) -> list[Layout]:
    """Return the layouts of the formats that fit best, none if none does.

    `definitions` are those that may be taken, None for all that are asked for.

    Raises:
        InputError: a column that is needed stands there twice, or one may be a latency that is
            not read.
        SettingsError: an option names a column that is not used, or one for two of ours.
    """
    if definitions is None and (own := own_layout(columns, options)) is not None:
        return [_checked(own, columns, options)]
    definitions = asked_for(options) if definitions is None else definitions
    matches = [_match(definition, columns, options) for definition in definitions]
    fits = [match for match in matches if not match.lacking]
    most = max((match.found for match in fits), default=0)
    best = [match.layout for match in fits if match.found == most]
    best.sort(key=lambda layout: (layout.format != OWN, layout.format == GENERIC))
    return [_checked(layout, columns, options) for layout in best]


def own_layout(columns: Columns, options: FormatOptions) -> Layout | None:
    """Return the layout of a file of our own with tickers and latencies, None if it is not.

    No other format need be read then, and of its path only folders or --path say anything.
    """
    if options.format:
        return None
    own = _match(OWN_FORMAT, columns, options)
    is_whole = not own.lacking and {"ticker", "latency"} <= own.layout.places.keys()
    return own.layout if is_whole else None


def no_format(columns: Columns, options: FormatOptions) -> InputError:
    """Return the error that no format fits: which came nearest, and what it lacks."""
    matches = [_match(definition, columns, options) for definition in asked_for(options)]
    nearest = max(
        matches,
        key=lambda match: (
            len(match.layout.places) - 2 * len(match.lacking),
            match.layout.format == OWN,
        ),
    )
    name, lacking = nearest.layout.format, ", ".join(nearest.lacking)
    needed = ",".join(("timestamp", "ticker", "ask_price", "bid_price"))
    folder = columns.file.rpartition("/")[0] or "."
    fix = (
        f"name the columns {needed}, or say what they are called there: --column OURS=THEIRS, "
        "--ticker NAME, --header NAMES; zreplay reference formats lists what is read. "
        f"One that is no recording is left out by a pattern: '{folder}/*.csv'"
    )
    definition = format_named(options.format or name)
    if not _match(definition, columns, replace(options, ticker="any")).lacking:
        fix = "say whose quotes these are: --ticker NAME, or --column ticker=THEIRS"
    return InputError(
        f"{columns.file}: the header has no column {lacking}, which the nearest format ({name}) "
        f"needs; it is: {shown(columns.names)}",
        fix=fix,
        code="Z402",
    )


def _match(definition: FormatDefinition, columns: Columns, options: FormatOptions) -> _Match:
    """Return what a format finds in a file, and what it lacks there."""
    definition = options.applied_to(definition)
    folded = [_folded(name) for name in columns.names]
    parts = _parts_of(definition, columns.file, options)
    places = {}
    for ours, spellings in definition.columns.items():
        place = next((folded.index(each) for each in map(_folded, spellings) if each in folded), -1)
        if place >= 0:
            places[ours] = place
    lacking = [definition.columns[ours][0] for ours in definition.needs if ours not in places]
    kept = {
        folded.index(_folded(each.column)): each
        for each in definition.kept
        if _folded(each.column) in folded
    }
    lacking += [each.column for each in definition.kept if each not in kept.values()]
    ticker = options.ticker or parts.ticker or definition.ticker
    if options.ticker or (options.path and parts.ticker):
        places = {name: place for name, place in places.items() if name not in _TICKERS}
    if not ticker and not {"ticker", "symbol"} & places.keys():
        lacking.append(definition.columns.get("ticker", ("ticker",))[0])
    lacking += [name for name in definition.told_by if name not in folded]
    lacking += [f"(and there is {name})" for name in definition.without if name in folded]
    if options.latency == NONE:
        places = {name: place for name, place in places.items() if name not in _LATENCIES}
    elif "latency" in places:
        places.pop("local_timestamp", None)
    times = definition.time
    if parts.date and not times.day_ns and (not times.has_day or times.template == ANY):
        times = replace(times, day_ns=day_ns(parts.date) or 0)
    if not times.has_day and not times.day_ns:
        lacking.append("(the day: --date)")
    if columns.delimiter and definition.delimiter not in ("", columns.delimiter):
        lacking.append(f"(the delimiter {definition.delimiter!r})")
    layout = Layout(
        columns.names,
        places,
        times=times,
        delimiter=columns.delimiter or ",",
        has_header=columns.has_header,
        ticker=ticker,
        has_upper_tickers=definition.has_upper_tickers,
        price_tens=definition.price_tens,
        amount_tens=definition.amount_tens,
        missing_prices=tuple(n / 10**definition.price_tens for n in definition.missing_prices),
        missing_texts=definition.missing_texts,
        is_empty_unchanged=definition.is_empty_unchanged,
        may_be_negative=definition.may_be_negative,
        rows=RowRule(kept, definition.comments),
        format=definition.name,
        why="--format" if options.format else columns.why,
        is_verified=definition.is_verified,
        digest=definition.digest,
    )
    return _Match(layout, lacking, len(places) + len(kept) + len(definition.told_by))


def _parts_of(definition: FormatDefinition, file: str, options: FormatOptions) -> NameParts:
    """Return the ticker and the day that a path says."""
    by_folders, by_name = parts_of_hive(file), parts_of_name(definition.file, _name_of(file))
    said = NameParts()
    if options.path:
        found = parts_of_path(options.path, file)
        if found is None:
            raise InputError(
                f"{file}: the path is none such as --path {options.path}",
                fix="give files of such paths only, or the pattern of theirs",
                code="Z402",
            )
        said = found
    return NameParts(
        said.ticker or by_name.ticker or by_folders.ticker,
        said.date or by_name.date or by_folders.date,
    )


def _checked(layout: Layout, columns: Columns, options: FormatOptions) -> Layout:
    definition = options.applied_to(format_named(options.format or layout.format))
    folded = [_folded(name) for name in columns.names]
    for ours, place in layout.places.items():
        # Of a format that guesses, a second spelling may be another column.
        is_guess = layout.format == GENERIC
        wanted = [folded[place]] if is_guess else map(_folded, definition.columns[ours])
        if sum(map(folded.count, set(wanted))) > 1:
            raise InputError(
                f"{columns.file}: the header has more than one column {ours}: "
                f"{shown(columns.names)}",
                fix="rename all but one of them",
                code="Z402",
            )
    _check_use(layout, columns, options)
    if layout.latency == NONE:
        _check_latency(layout, columns, options)
    return layout


def _check_use(layout: Layout, columns: Columns, options: FormatOptions) -> None:
    used: dict[int, str] = {}
    for name, place in layout.places.items():
        other = used.setdefault(place, name)
        if other != name:
            raise SettingsError(
                f"{columns.file}: {other} and {name} are both the column {layout.spelled(name)!r}",
                fix="say of each which column it is: --column OURS=THEIRS",
                code="Z203",
            )
    if options.venue:
        what = f"{columns.file} is no capture of another program, of which --venue is said"
        raise SettingsError(what, fix="leave out --venue", code="Z203")
    unused = [f"{ours}={of}" for ours, of in options.columns.items() if ours not in layout.places]
    if unused:
        raise SettingsError(
            f"{columns.file}: nothing is read from the column {', '.join(unused)}; "
            f"the header is: {shown(columns.names)}",
            fix=f"leave it out; the columns read are {', '.join(layout.places)}",
            code="Z203",
        )

    numbers = layout.rows.kept.keys() & {
        place for name, place in layout.places.items() if name not in _TICKERS
    }
    if numbers:
        raise SettingsError(
            f"{columns.file}: {layout.header[min(numbers)]!r} is a value, which cannot also say "
            "which rows count",
            fix=f"leave it out of rows.keep of the format {layout.format}",
            code="Z203",
        )


def _check_latency(layout: Layout, columns: Columns, options: FormatOptions) -> None:
    """Look whether it can be that this file has no latency, and that none is wanted."""
    if options.latency == "scale":
        raise SettingsError(
            f"{columns.file}: there is no latency that --latency scale could scale",
            fix="--latency constant:5ms assumes one, --column latency=NAME names its column",
            code="Z203",
        )
    if options.latency != RECORDED or layout.format not in (OWN, GENERIC):
        return
    for place, name in enumerate(columns.names):
        if place not in layout.places.values() and may_be_latency(_folded(name)):
            raise InputError(
                f"{columns.file}: no column is read as the latency, but {name!r} may be one",
                fix=f"--column latency={name}, or --column local_timestamp={name} if it is a time, "
                "or --latency none",
                code="Z402",
            )


def shown(names: tuple[str, ...]) -> str:
    """Return names as an error shows them, however many there are."""
    text = ",".join(names)
    return repr(text if len(text) <= 300 else f"{text[:300]}...")


def _name_of(file: str) -> str:
    return file.rpartition("/")[2]


def _folded(name: str) -> str:
    return name.strip().casefold()
