"""The options of `serve` and `run` for what is read, which quotes, with what latency."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from protocol.errors import SettingsError
from protocol.program.checked_option import checked_by
from protocol.program.threshold import check_threshold
from protocol.program.threshold_option import Threshold
from zreplay.commands.completed_values import formats, venues
from zreplay.commands.playback_options import counted, instant_ns, time_option
from zreplay.recordings.input_paths import matching
from zreplay.recordings.object_path import written_path
from zreplay.settings import LATE_POLICIES, MAX_REJECTED, parse_reorder_ns, parse_seconds_ns

if TYPE_CHECKING:
    from zreplay.historical.daily_session import DailySession
    from zreplay.historical.latency_model import LatencyModel
    from zreplay.historical.selection import Selection
    from zreplay.recordings.formats.format_options import FormatOptions


def _columns(pairs: Iterable[str]) -> dict[str, str]:
    from zreplay.recordings.formats.definition import OURS

    columns: dict[str, str] = {}
    for pair in pairs:
        ours, separator, theirs = pair.partition("=")
        ours = ours.strip().lower()
        if not separator or not theirs.strip() or ours not in OURS or ours in columns:
            raise SettingsError(
                f"--column was {pair!r}, expected OURS=THEIRS, each of ours once",
                fix=f"--column bid_price=best_bid; ours are {', '.join(OURS)}",
                code="Z203",
            )
        columns[ours] = theirs.strip()
    return columns


def _format_options(options: Mapping[str, Any]) -> "FormatOptions":
    from zreplay.recordings.formats.format_options import FormatOptions

    header = options["header"]
    named: dict[str, Any] = {name: options[name] or "" for name in _OF_FORMATS}
    return FormatOptions(
        columns=_columns(options["column"]),
        header=tuple(header.split(",")) if header else (),
        latency=options["latency"].strip().lower().partition(":")[0],
        allow_negative=options["allow_negative"],
        **named,
    )


def _session(text: str | None, zone: str = "") -> "DailySession | None":
    from zreplay.historical.daily_session import DailySession

    return None if text is None else DailySession.parse(text, zone, "--session")


def _latency(text: str) -> "LatencyModel | None":
    from zreplay.historical.latency_model import LatencyModel

    return LatencyModel.parse(text, "--latency")


def _check_venue(name: str) -> None:
    from zreplay.live.known_venues import venue_of  # a run without a feed needs no venues

    venue_of(name)


def _of_format(
    option: str, metavar: str, help: str, offer: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """Return an option of what is said of the format, each checked by itself."""
    name = option.removeprefix("--").replace("-", "_")

    def check(text: str) -> None:
        from zreplay.recordings.formats.format_options import FormatOptions

        said: dict[str, Any] = {name: text}
        FormatOptions(**said)

    callback = checked_by(check)
    return click.option(option, metavar=metavar, callback=callback, shell_complete=offer, help=help)


class _Recording(click.Path):
    """A path or an address; a path would lose one of two slashes in the key of an object."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str):
            if ":/" in value:
                written_path(value)
            elif os.access(value, os.R_OK):  # of thousands of files nothing else is looked at
                return Path(value)
        return super().convert(value, param, ctx)


NO_OTHER_NAMES: Final[Mapping[str, str]] = {}
END_OPTION: Final = time_option("--to", "End before this arrival.", instant_ns)
INPUT_OPTIONS: Final = (
    click.argument("files", nargs=-1, type=_Recording(path_type=Path)),
    click.option(
        "--historical",
        multiple=True,
        type=_Recording(path_type=Path),
        help="A recording, a pattern such as 'quotes/*.csv.gz', or - ; may be repeated.",
    ),
    click.option(
        "--column",
        multiple=True,
        metavar="OURS=THEIRS",
        callback=checked_by(_columns),
        help="A column's name in the files: bid_price=best_bid.",
    ),
    _of_format("--format", "NAME|FILE", "See `zreplay reference formats`; or my.toml.", formats),
    _of_format("--delimiter", "CHAR", "Between the columns: , ; | or tab."),
    click.option("--header", metavar="NAMES", help="The columns, if the file has no header line."),
    _of_format("--time-unit", "UNIT", "Times are numbers of s, ms, us or ns."),
    _of_format("--zone", "ZONE", "Of times without an offset: America/New_York."),
    _of_format("--ticker", "NAME", "The ticker of all rows."),
    _of_format("--date", "DAY", "The day of times that name none: 2025-10-02."),
    _of_format("--path", "PATTERN", "Says ticker and day: '{date}/{ticker}.csv'."),
    click.option(
        "--venue",
        metavar="NAME",
        callback=checked_by(_check_venue),
        shell_complete=venues,
        help="Of a capture that another program made: okx.",
    ),
    _of_format("--scale", "FACTOR", "Prices are numbers times this: 1e-9."),
    click.option("--allow-negative", is_flag=True, help="Prices may be below zero."),
    click.option(
        "--tickers", multiple=True, metavar="NAMES", help="Only these, such as BTCUSD,'ETH*'."
    ),
    click.option("--exclude", multiple=True, metavar="NAMES", help="All but these tickers."),
    time_option("--from", "Start at this arrival.", instant_ns),
    END_OPTION,
    time_option("--start-offset", "Start this long after the first arrival."),
    time_option("--duration", "End this long after the start."),
    click.option(
        "--limit",
        type=int,
        metavar="N",
        callback=counted(1),
        help="End after this many quotes; each pass of a loop.",
    ),
    click.option(
        "--session",
        metavar="TIMES",
        callback=checked_by(_session),
        help="Only what arrives then each day, in --zone: 09:30-16:00.",
    ),
    click.option(
        "--dedupe", is_flag=True, help="Leave out quotes that stand in an earlier file too."
    ),
    click.option(
        "--latency",
        default="recorded",
        metavar="MODEL",
        callback=checked_by(_latency),
        help="What if: none, constant:5ms, scale:2 or shift:-3ms.",
    ),
    time_option(
        "--max-jump", "Set aside a row farther ahead of its neighbours; 0: none.", default="1d"
    ),
)
_REPEATED: Final = ("column", "tickers", "exclude")
_OF_FORMATS: Final = (
    *("format", "delimiter", "time_unit", "zone", "ticker", "date", "path", "scale", "venue"),
)
_SINGLE: Final = (
    *_OF_FORMATS,
    *("header", "from", "to", "start_offset", "duration", "limit", "session"),
    *("latency", "max_jump"),
)

ALLOW_EMPTY_OPTION: Final = click.option(
    "--allow-empty", is_flag=True, help="Exit with 0 also if there was not one quote."
)
REORDER_OPTION: Final = click.option(
    "--reorder",
    metavar="TIME",
    default="5s",
    callback=checked_by(parse_reorder_ns),
    help="How far rows may be out of order.",
)
LATE_OPTION: Final = click.option(
    "--late",
    type=click.Choice(LATE_POLICIES),
    default="stop",
    help="A late row ends the run, or is set aside.",
)
MAX_BUFFER_OPTION: Final = click.option(
    "--max-buffer",
    default=2_000_000,
    callback=counted(1),
    help="Most quotes that wait for their turn at once.",
)
MAX_REJECTED_OPTION: Final = click.option(
    "--max-rejected",
    default=MAX_REJECTED,
    callback=counted(0),
    help="End if so many first rows of a file are all rejected; 0: never.",
)
THRESHOLD_OPTION: Final = click.option(
    "--latency-threshold",
    type=Threshold(),
    default=20.0,
    metavar="MS|off",
    callback=checked_by(check_threshold),  # each worker would report it
    help="Above it, a historical quote has no mid.",
)


def input_settings(
    options: Mapping[str, Any], names: Mapping[str, str] = NO_OTHER_NAMES
) -> dict[str, Any]:
    """Return the settings from these options; `names` are those that are called otherwise.

    Raises:
        SettingsError: one cannot be read, or contradicts another.
        InputError: a pattern matches no file.
    """
    return {
        "historical": matching((*options["files"], *options["historical"])),
        "columns": _format_options(options),
        "selection": _selection(options, names),
        "latency": _latency(options["latency"]),
        "max_jump_ns": parse_seconds_ns(options["max_jump"], "--max-jump"),
    }


def input_arguments(options: Mapping[str, Any]) -> list[str]:
    """Return the options without the files as the arguments of another command."""
    arguments = []
    if options["allow_negative"]:
        arguments.append("--allow-negative")
    for name in (*_REPEATED, *_SINGLE):
        values = options[name] if name in _REPEATED else (options[name],)
        for value in values:
            if value is not None:
                # As one argument: a value may begin with a dash.
                arguments.append(f"--{name.replace('_', '-')}={value}")
    return [*arguments, *(["--dedupe"] if options["dedupe"] else [])]


def _selection(options: Mapping[str, Any], names: Mapping[str, str]) -> "Selection | None":
    """Return the selection, None if that is everything."""
    from zreplay.historical.selection import OPTIONS, Selection

    called = OPTIONS._replace(**names)
    selection = Selection(
        tickers=_names(options["tickers"]),
        exclude=_names(options["exclude"]),
        from_ns=instant_ns(options["from"], "--from"),
        to_ns=instant_ns(options["to"], called.to_ns),
        start_offset_ns=_duration_ns(options["start_offset"], "--start-offset"),
        duration_ns=_duration_ns(options["duration"], "--duration"),
        limit=options["limit"],
        session=_session(options["session"], options["zone"] or ""),
        dedupe=options["dedupe"],
        names=called,
    )
    return None if selection == Selection(names=called) else selection


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    """Return each name once, in an order that does not depend on how they were given."""
    names = {name.strip() for text in texts for name in text.split(",")}
    return tuple(sorted(names - {""}))


def _duration_ns(text: str | None, option: str) -> int | None:
    return None if text is None else parse_seconds_ns(text, option)


def out_option(default: Path) -> Callable[..., Any]:
    """Return the option for the folder of the logs."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=default,
        help="The folder of the two logs and the state for a resume.",
    )
