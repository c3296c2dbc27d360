"""`zreplay convert` on the command line; convert_command.py does it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from protocol.result_folder import RING
from zreplay.commands.input_options import (
    ALLOW_EMPTY_OPTION,
    END_OPTION,
    INPUT_OPTIONS,
    LATE_OPTION,
    MAX_BUFFER_OPTION,
    MAX_REJECTED_OPTION,
    REORDER_OPTION,
)
from zreplay.commands.json_option import JSON_OPTION
from zreplay.commands.playback_options import instant_ns, time_option

_OPTIONS: Final = (
    *(option for option in INPUT_OPTIONS if option is not END_OPTION),
    # `--to` says where the quotes go.
    time_option("--until", "End before this arrival.", instant_ns),
    REORDER_OPTION,
    LATE_OPTION,
    MAX_BUFFER_OPTION,
    MAX_REJECTED_OPTION,
)


def _input_options[Command: Callable[..., Any]](command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def is_folder_of_results(path: str | Path) -> bool:
    """Return whether it is the folder of a run, and not one of recordings."""
    return (Path(path) / RING).is_file()


@click.command()
@_input_options
@click.option(
    "--to",
    required=True,
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="OUT.parquet, .arrow, .csv, .csv.gz or .csv.zst.",
)
@click.option(
    "--split",
    type=click.Choice(("day", "ticker")),
    help="OUT is a folder: a file of each day of arrival, or ticker.",
)
@click.option("--output", metavar="NAME", help="Of a run's folder: not its mids, but this output.")
@click.option("--force", is_flag=True, help="Replace what OUT holds.")
@ALLOW_EMPTY_OPTION
@JSON_OPTION
@click.pass_context
def convert(context: click.Context, /, **options: Any) -> None:
    """Write FILES as one, in order of arrival: Parquet, Arrow, CSV.

    A replay of what it wrote gives the same logs. OUT appears once it is whole; rows that are not
    quotes stand in OUT.rejected.log. Of the folder of a run its results are written.

    \b
    Examples:
      zreplay convert quotes.csv.gz --to quotes.parquet
      zreplay convert 'days/*.csv' --tickers 'BTC*' --to btc.csv.zst
      zreplay convert logs/state --to days.parquet --split day
      zreplay convert logs/run --to mids.parquet
    """
    files = (*options["files"], *options["historical"])
    if any(map(is_folder_of_results, files)):
        from zreplay.commands.results_command import convert_results, folder_of_results, said_in

        folder = folder_of_results(files)
        sys.exit(convert_results(folder, options, said_in(context), as_json=options["as_json"]))
    from zreplay.commands.convert_command import convert_files, convert_settings

    settings, may_be_empty = convert_settings(options), options["allow_empty"]
    sys.exit(convert_files(settings, as_json=options["as_json"], may_be_empty=may_be_empty))
