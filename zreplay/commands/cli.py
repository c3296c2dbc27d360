"""The command line: options -> settings -> one call; errors -> one text and an exit code.

Each command imports what it needs when it runs, so that `--help` and `ctl` start at once.
Precedence: flag, then environment (ZREPLAY_*), then the TOML files, then the default.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from protocol import endpoints
from protocol.messages import WINDOW_QUOTES
from protocol.program.address_option import address_option
from protocol.program.command_line import begin, context_settings, metrics_option, own_options
from protocol.program.command_line import run as run_program
from protocol.program.completion_command import completion_command
from protocol.program.config_command import config_command
from protocol.program.key_options import allowed_option, key_option
from protocol.program.parent import parent_option
from protocol.program.processor_options import processor_options, publish_option
from protocol.program.rotation_options import rotation_options
from zreplay import settings as defaults
from zreplay.commands.capture_options import CAPTURE_OPTIONS, capture_settings
from zreplay.commands.end_options import UNTIL_OPTION, split_end
from zreplay.commands.help_sections import SectionedCommand, SectionedGroup
from zreplay.commands.input_options import (
    ALLOW_EMPTY_OPTION,
    INPUT_OPTIONS,
    LATE_OPTION,
    MAX_BUFFER_OPTION,
    MAX_REJECTED_OPTION,
    REORDER_OPTION,
    THRESHOLD_OPTION,
    input_settings,
    out_option,
)
from zreplay.commands.json_option import JSON_OPTION
from zreplay.commands.later_commands import LaterCommands
from zreplay.commands.live_options import LIVE_OPTIONS, live_settings
from zreplay.commands.playback_options import (
    INSECURE_OPTION,
    PLAYBACK_OPTIONS,
    SPEED_OPTION,
    counted,
    playback_settings,
    time_option,
)


@click.group("zreplay", cls=SectionedGroup, context_settings=context_settings("ZREPLAY"))
@own_options
@click.pass_context
def cli(context: click.Context, log_format: str, log_level: str) -> None:
    """Replay recorded market data, or relay a live feed, to workers over ZeroMQ.

    \b
    Examples:
      zreplay demo                            see it work, 20 s, nothing to set up
      zreplay run quotes.csv --out logs/run   all in one: replayer, workers and sink
      zreplay serve quotes.csv --speed 10     the replayer alone, ten times real time
      zreplay ctl mode live                   switch a running replayer
    """
    level = begin(cli, log_format, log_level)
    context.obj = {"log_format": log_format, "log_level": level}


def _input_options[Command: Callable[..., Any]](command: Command) -> Command:
    """Add the options that select what is read."""
    for option in reversed(INPUT_OPTIONS):
        command = option(command)
    return command


def _replay_options[Command: Callable[..., Any]](command: Command) -> Command:
    """Add the options that `serve` and `run` share."""
    options = [
        *INPUT_OPTIONS,
        *LIVE_OPTIONS,
        *CAPTURE_OPTIONS,
        UNTIL_OPTION,
        click.option("--mode", type=click.Choice(("historical", "live")), help="The initial mode."),
        *PLAYBACK_OPTIONS,
        REORDER_OPTION,
        LATE_OPTION,
        MAX_BUFFER_OPTION,
        MAX_REJECTED_OPTION,
        click.option(
            "--batch", default=32_768, callback=counted(1), help="Quotes per batch at full speed."
        ),
        click.option(
            "--window", default=WINDOW_QUOTES, callback=counted(1), help="Quotes in flight."
        ),
        click.option(
            "--hwm",
            type=int,
            callback=counted(1, endpoints.MOST_HWM),
            help="Batches in a worker's pipe.  [default: 4, at full speed 1]",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


_SERVE_ONLY: Final = (
    *("bind", "broadcast", "control", "sync", "state", "acks"),
    *("exit_when_done", "fresh", "parent_fd", "insecure", "metrics", "key", "allowed"),
    "without_amounts",
)


def _replay_settings(options: dict[str, Any], **more: Any) -> defaults.ReplaySettings:
    options, end = split_end(options)
    return defaults.ReplaySettings(
        **input_settings(options),
        **live_settings(options),
        **capture_settings(options),
        **end,
        mode=options["mode"] or "",
        **playback_settings(options),
        reorder_ns=defaults.parse_reorder_ns(options["reorder"]),
        late=options["late"],
        max_buffer_rows=options["max_buffer"],
        max_rejected=options["max_rejected"],
        batch_quotes=options["batch"],
        window_quotes=options["window"],
        hwm=options["hwm"],
        **more,
    )


@cli.command(cls=SectionedCommand)
@_replay_options
@address_option("--bind", endpoints.DATA_ENDPOINT, "Where workers connect.")
@address_option("--broadcast", "", "Where each subscriber gets all.")
@address_option("--control", endpoints.CONTROL_ENDPOINT, "Where `ctl` connects.")
@address_option("--sync", endpoints.SYNC_ENDPOINT, "The sink's sync address.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=Path("logs/state"),
    help="The folder of accepted commands, live capture and rejected rows.",
)
@click.option(
    "--acks",
    type=click.Choice(defaults.ACKS),
    default="sink",
    help="What acknowledges; none: each batch at most once.",
)
@click.option("--without-amounts", is_flag=True, hidden=True, help="Send no amounts and no index.")
@click.option("--exit-when-done", is_flag=True, help="Exit at the end of the files.")
@click.option("--fresh", is_flag=True, help="Discard what the state folder holds.")
@time_option("--lock-wait", "Wait so long for an earlier holder.", default="0s", hidden=True)
@parent_option
@metrics_option
@key_option
@allowed_option
@INSECURE_OPTION
@JSON_OPTION
def serve(**options: Any) -> None:
    """Replay FILES or a live feed to any workers that connect.

    \b
    Examples:
      zreplay serve quotes.csv --live ws://127.0.0.1:8765
      zreplay serve --live binance:BTCUSDT,ETHUSDT --live okx:BTC-USDT
      zreplay serve quotes.csv --speed max --acks none
      zreplay serve quotes.csv --acks none --broadcast tcp://127.0.0.1:5560
    """
    from zreplay.commands.serve import serve as serve_until_done
    from zreplay.recordings.first_looks import FIRST_LOOKS

    FIRST_LOOKS.begin()
    settings = _replay_settings(
        options,
        lock_wait_ns=defaults.parse_seconds_ns(options["lock_wait"], "--lock-wait"),
        **{name: options[name] for name in _SERVE_ONLY},
    )
    sys.exit(serve_until_done(settings, as_json=options["as_json"]))


@cli.command(cls=SectionedCommand)
@_replay_options
@out_option(Path("logs/run"))
@click.option(
    "--workers",
    default=2,
    callback=counted(1, defaults.MOST_WORKERS),
    help="Processes that compute mid prices.",
)
@THRESHOLD_OPTION
@click.option(
    "--stamp",
    type=click.Choice(("exchange", "arrival")),
    default="exchange",
    help="Which time a line shows.",
)
@click.option(
    "--durability",
    type=click.Choice(("process", "power")),
    default="process",
    help="What a committed line survives; power: the disk is synced.",
)
@processor_options
@publish_option
@rotation_options
@click.option("--fresh", is_flag=True, help="Start over; remove what --out holds of a run.")
@ALLOW_EMPTY_OPTION
@metrics_option
@key_option
@allowed_option
@click.option("--insecure", is_flag=True, help="Let other machines reach --metrics and --publish.")
@JSON_OPTION
@click.pass_obj
def run(log: dict[str, str], /, **options: Any) -> None:
    """Replay FILES through workers, and log mid prices in --out.

    It ends when every line is committed; the same command resumes where it stopped.

    \b
    Examples:
      zreplay run quotes.csv --speed max --out logs/run
      zreplay run a.csv b.csv --workers 4 --latency-threshold 50 --json
    """
    from zreplay.commands.run_command import run_files

    sys.exit(run_files(_replay_settings(options, state=options["out"]), options, log))


@cli.command()
@_input_options
@REORDER_OPTION
@MAX_BUFFER_OPTION
@THRESHOLD_OPTION
@SPEED_OPTION
@click.option("--top", default=3, callback=counted(0), help="Tickers to list.")
@click.option("--each", is_flag=True, help="Print each of more than 20 files too.")
@click.option("--index", is_flag=True, help="Only build the indexes that a seek uses.")
@JSON_OPTION
def inspect(**options: Any) -> None:
    """Report what FILES hold, what is wrong, how long it takes.

    \b
    Examples:
      zreplay inspect quotes.csv
      zreplay inspect a.csv b.csv --latency-threshold 50 --speed 10 --json
      zreplay inspect quotes.csv --tickers 'BTC*' --latency scale:2
      zreplay inspect 'quotes/*.csv' --each
      zreplay inspect --index 'quotes/*.csv.gz'
    """
    from zreplay.commands.inspect_command import index_files, inspect_files, inspect_settings

    settings = inspect_settings(options)
    if options["index"]:
        sys.exit(index_files(settings, as_json=options["as_json"]))
    sys.exit(inspect_files(settings, as_json=options["as_json"], each=options["each"]))


@cli.command()
@out_option(Path("logs/demo"))
@JSON_OPTION
@click.pass_obj
def demo(log: dict[str, str], /, **options: Any) -> None:
    """Play the bundled sample: historical, live, and back again.

    \b
    Example:
      zreplay demo
    """
    from zreplay.commands.run_command import run_demo

    sys.exit(run_demo(options["out"], log, as_json=options["as_json"]))


cli.add_command(completion_command(cli))
cli.add_command(config_command(cli))
_OF_THEIR_NAME: Final = (
    *("backfill", "convert", "doctor", "feed", "record", "reference", "report", "verify"),
)
_LATER: Final = {
    **{name: (f"zreplay.commands.{name}", name) for name in _OF_THEIR_NAME},
    "ctl": ("zreplay.commands.ctl_cli", "ctl"),
    "keys": ("zreplay.commands.keys_command", "keys"),
    "top": ("zreplay.commands.top_command", "top"),
}
cli.commands = LaterCommands(cli.commands, _LATER)


def main() -> None:
    """Run the command line and end with its exit code."""
    run_program(cli)
