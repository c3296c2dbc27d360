"""The options of `serve` and `run` for what is read, which quotes, with what latency."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from protocol.errors import SettingsError
from protocol.program.threshold import check_threshold
from zreplay.commands.playback_options import checked, time_option
from zreplay.recordings.input_paths import matching
from zreplay.settings import parse_seconds_ns

if TYPE_CHECKING:
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
    return FormatOptions(
        columns=_columns(options["column"]),
        header=tuple(header.split(",")) if header else (),
        latency=options["latency"].strip().lower().partition(":")[0],
        **{name: options[name] or "" for name in _OF_FORMATS},
    )


def _instant_ns(text: str | None, option: str) -> int | None:
    from zreplay.quotes.timestamp_text import parse_instant_ns

    return None if text is None else parse_instant_ns(text, option)


def _latency(text: str) -> "LatencyModel | None":
    from zreplay.historical.latency_model import LatencyModel

    return LatencyModel.parse(text, "--latency")


INPUT_OPTIONS: Final = (
    click.argument("files", nargs=-1, type=click.Path(path_type=Path)),
    click.option(
        "--historical",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A recording, a pattern such as 'quotes/*.csv.gz', or - ; may be repeated.",
    ),
    click.option(
        "--column",
        multiple=True,
        metavar="OURS=THEIRS",
        callback=checked(_columns),
        help="A column's name in the files: bid_price=best_bid.",
    ),
    click.option(
        "--format", metavar="NAME|FILE", help="See `zreplay reference formats`; or my.toml."
    ),
    click.option("--delimiter", metavar="CHAR", help="Between the columns: , ; | or tab."),
    click.option("--header", metavar="NAMES", help="The columns, if the file has no header line."),
    click.option("--time-unit", metavar="UNIT", help="Times are numbers of s, ms, us or ns."),
    click.option("--zone", metavar="ZONE", help="Of times without an offset: America/New_York."),
    click.option("--ticker", metavar="NAME", help="The ticker of all rows."),
    click.option("--date", metavar="DAY", help="The day of times that name none: 2025-10-02."),
    click.option("--scale", metavar="FACTOR", help="Prices are numbers times this: 1e-9."),
    click.option(
        "--tickers", multiple=True, metavar="NAMES", help="Only these, such as BTCUSD,'ETH*'."
    ),
    click.option("--exclude", multiple=True, metavar="NAMES", help="All but these tickers."),
    time_option("--from", "Start at this arrival.", _instant_ns),
    time_option("--to", "End before this arrival.", _instant_ns),
    time_option("--start-offset", "Start this long after the first arrival."),
    time_option("--duration", "End this long after the start."),
    click.option("--limit", type=int, metavar="N", help="End after this many quotes."),
    click.option(
        "--latency",
        default="recorded",
        metavar="MODEL",
        callback=checked(_latency),
        help="What if: none, constant:5ms, scale:2 or shift:-3ms.",
    ),
    time_option(
        "--max-jump", "Set aside a row farther ahead of its neighbours; 0: none.", default="1d"
    ),
)
_REPEATED: Final = ("column", "tickers", "exclude")
_OF_FORMATS: Final = ("format", "delimiter", "time_unit", "zone", "ticker", "date", "scale")
_SINGLE: Final = (
    *_OF_FORMATS,
    *("header", "from", "to", "start_offset", "duration", "limit", "latency", "max_jump"),
)

THRESHOLD_OPTION: Final = click.option(
    "--latency-threshold",
    default=20.0,
    metavar="MS",
    callback=checked(check_threshold),  # each worker would report it
    help="Above it, a historical quote has no mid.",
)


def input_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings from these options.

    Raises:
        SettingsError: one cannot be read, or contradicts another.
        InputError: a pattern matches no file.
    """
    return {
        "historical": matching((*options["files"], *options["historical"])),
        "columns": _format_options(options),
        "selection": _selection(options),
        "latency": _latency(options["latency"]),
        "max_jump_ns": parse_seconds_ns(options["max_jump"], "--max-jump"),
    }


def input_arguments(options: Mapping[str, Any]) -> list[str]:
    """Return the options without the files as the arguments of another command."""
    arguments = []
    for name in (*_REPEATED, *_SINGLE):
        values = options[name] if name in _REPEATED else (options[name],)
        for value in values:
            if value is not None:
                # As one argument: a value may begin with a dash.
                arguments.append(f"--{name.replace('_', '-')}={value}")
    return arguments


def _selection(options: Mapping[str, Any]) -> "Selection | None":
    """Return the selection, None if that is everything."""
    from zreplay.historical.selection import Selection

    selection = Selection(
        tickers=_names(options["tickers"]),
        exclude=_names(options["exclude"]),
        from_ns=_instant_ns(options["from"], "--from"),
        to_ns=_instant_ns(options["to"], "--to"),
        start_offset_ns=_duration_ns(options["start_offset"], "--start-offset"),
        duration_ns=_duration_ns(options["duration"], "--duration"),
        limit=options["limit"],
    )
    return None if selection == Selection() else selection


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
