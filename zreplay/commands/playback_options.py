"""The options of `serve` and `run` for how the recording is played."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from protocol.errors import SettingsError
from protocol.limits import INT64_MAX
from protocol.program.checked_option import checked_by
from zreplay.commands.completed_values import speeds
from zreplay.playback.send_interval import MAX_GRAIN_NS
from zreplay.settings import LAG_POLICIES, check_count, parse_rate, parse_seconds_ns


def counted(least: int, most: int = INT64_MAX) -> Callable[..., Any]:
    """Return the callback of an option that is a count."""

    def callback(context: click.Context, option: click.Parameter, count: int | None) -> Any:
        name = f"{option.name}".replace("_", "-")
        check = checked_by(lambda value: check_count(name, value, least, most))
        return check(context, option, count)

    return callback


def time_option(
    name: str,
    help: str,
    parse: Callable[[str, str], object] = parse_seconds_ns,
    default: str | None = None,
    *,
    hidden: bool = False,
) -> Callable[..., Any]:
    """Return an option that takes a length of time, or what else `parse` makes of it."""
    callback = checked_by(parse, name)
    return click.option(
        name, metavar="TIME", default=default, callback=callback, hidden=hidden, help=help
    )


def instant_ns(text: str | None, option: str) -> int | None:
    """Return an instant as Unix time, None if none is given."""
    from zreplay.quotes.timestamp_text import parse_instant_ns

    return None if text is None else parse_instant_ns(text, option)


def parse_grain_ns(text: str, option: str) -> int:
    """Read how long quotes may wait for others; raise SettingsError if that is too long."""
    grain_ns = parse_seconds_ns(text, option)
    if grain_ns > MAX_GRAIN_NS:
        most_ms = MAX_GRAIN_NS // 1_000_000
        raise SettingsError(
            f"{option} was {text!r}, expected {most_ms}ms at most",
            fix="what is late by much more moves the clock: slow the replay down with --speed",
            code="Z203",
        )
    return grain_ns


SPEED_OPTION: Final = click.option(
    "--speed",
    metavar="RATE",
    default="1",
    callback=checked_by(parse_rate),
    shell_complete=speeds,
    help="A multiple of real time, or max.",
)
INSECURE_OPTION: Final = click.option(
    "--insecure", is_flag=True, help="Bind where others reach it; nothing is authenticated."
)
PLAYBACK_OPTIONS: Final = (
    SPEED_OPTION,
    click.option(
        "--loop", type=click.IntRange(0), default=1, help="Play the files N times; 0: forever."
    ),
    click.option("--start-paused", is_flag=True, help="Start paused; step, seek, then resume."),
    click.option(
        "--wait-workers",
        type=click.IntRange(0),
        default=0,
        help="Start with N consumers connected.",
    ),
    time_option("--delay", "Start this long after that.", default="0s"),
    time_option("--start-at", "Start at this instant of the clock, as others do.", instant_ns),
    time_option("--max-gap", "Shorten longer waits for the next quote to this."),
    time_option(
        "--grain", "How long quotes may wait to leave with others.", parse_grain_ns, "0.6ms"
    ),
    click.option(
        "--on-lag",
        type=click.Choice(LAG_POLICIES),
        default=LAG_POLICIES[0],
        help="If consumers cannot keep up: move the clock, or catch up.",
    ),
)
_NAMES: Final = ("speed", "loop", "max_gap", "grain", "on_lag", "wait_workers", "delay", "start_at")


def playback_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings from these options.

    Raises:
        SettingsError: one cannot be read.
    """
    max_gap = options["max_gap"]
    return {
        "rate": parse_rate(options["speed"]),
        "loop": options["loop"] or None,
        "max_gap_ns": None if max_gap is None else parse_seconds_ns(max_gap, "--max-gap"),
        "grain_ns": parse_grain_ns(options["grain"], "--grain"),
        "on_lag": options["on_lag"],
        "start_paused": options["start_paused"],
        "wait_workers": options["wait_workers"],
        "delay_ns": parse_seconds_ns(options["delay"], "--delay"),
        "start_at_ns": instant_ns(options["start_at"], "--start-at"),
    }


def playback_arguments(options: Mapping[str, Any]) -> list[str]:
    """Return the options as the arguments of another command."""
    given = [(name, options[name]) for name in _NAMES if options[name] is not None]
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in given]
    return [*arguments, "--start-paused"] if options["start_paused"] else arguments
