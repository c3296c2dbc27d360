"""`zreplay backfill` on the command line; backfill_command.py does it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from protocol.program.checked_option import checked_by
from zreplay.commands.input_options import (
    ALLOW_EMPTY_OPTION,
    INPUT_OPTIONS,
    LATE_OPTION,
    MAX_BUFFER_OPTION,
    MAX_REJECTED_OPTION,
    REORDER_OPTION,
    THRESHOLD_OPTION,
)
from zreplay.commands.json_option import JSON_OPTION
from zreplay.commands.playback_options import counted


def _check_slow(slow: float) -> None:
    from zreplay.backfilling.settings import check_slow  # and with it numpy

    check_slow(slow)


_WITHOUT_WORKERS: Final = ("plan", "check", "cat", "scheduler")
"""With these options no process of this machine computes."""

_FILE: Final = click.Path(path_type=Path)

_OPTIONS: Final = (
    *INPUT_OPTIONS,
    REORDER_OPTION,
    LATE_OPTION,
    MAX_BUFFER_OPTION,
    MAX_REJECTED_OPTION,
    THRESHOLD_OPTION,
    click.option(
        "--stamp",
        type=click.Choice(("exchange", "arrival")),
        default="exchange",
        help="Which time a line shows.",
    ),
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=Path("logs/backfill"),
        help="The folder of the logs, and of the parts for the next time.",
    ),
    click.option("--parquet", is_flag=True, help="Write the mids as Parquet files, and no logs."),
    click.option(
        "--processor",
        multiple=True,
        metavar="FILE.py:NAME",
        help="Code of your own to run too, or MODULE:NAME. Repeatable.",
    ),
    click.option(
        "--workers", type=int, callback=counted(1), help="Processes.  [default: one a core]"
    ),
    click.option(
        "--read-ahead",
        is_flag=True,
        help="Let each worker parse on other cores too: it has one core's work else.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS|FILE",
        help="Use the workers of a Dask cluster: tcp://, tls:// or its scheduler file.",
    ),
    click.option("--tls-ca", type=_FILE, help="Who signed the certificates of the cluster."),
    click.option("--tls-cert", type=_FILE, help="Our certificate."),
    click.option("--tls-key", type=_FILE, help="Its key."),
    click.option("--insecure", is_flag=True, help="Allow a tcp:// scheduler elsewhere."),
    click.option(
        "--slow",
        type=float,
        default=3.0,
        callback=checked_by(_check_slow),
        help="A task that takes so many times the median is run on another worker too.",
    ),
    click.option(
        "--scratch",
        type=click.Path(path_type=Path),
        help="Where unfinished files for s3:// are.  [default: the folder of the system]",
    ),
    click.option(
        "--window-mib",
        type=click.IntRange(min=1),
        default=64,
        help="Text of a window, where files can be cut.",
    ),
    click.option("--plan", is_flag=True, help="Say what would be done, and do nothing."),
    click.option("--check", is_flag=True, help="Verify the finished output in --out."),
    click.option(
        "--cat",
        metavar="NAME",
        help="Write a finished output to standard output: mids, errors, rejected.",
    ),
    ALLOW_EMPTY_OPTION,
    click.option(
        "--partition",
        type=int,
        metavar="N",
        callback=counted(0),
        help="Run the task of this window only.",
    ),
    JSON_OPTION,
)


def _options[Command: Callable[..., Any]](command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@_options
def backfill(**options: Any) -> None:
    """Compute the logs of FILES on all cores.

    The bytes are those of `zreplay run --speed max`, without sockets. The same command goes on
    where it was cut short; with more files it reads only what they change.

    \b
    Examples:
      zreplay backfill 'days/*.csv.gz' --out logs/days
      zreplay backfill 'days/*.csv.gz' --out logs/days --plan
      zreplay backfill --out logs/days --check
      zreplay backfill --out logs/days --cat mids
    """
    if not any(options[name] for name in _WITHOUT_WORKERS) and options["partition"] is None:
        from zreplay.backfilling.forking import begin_forking

        begin_forking(is_table=options["parquet"])  # before numpy is imported here, too
    from zreplay.commands.backfill_command import backfill_files, cat, check_folder

    if options["cat"] is not None:
        sys.exit(cat(options["out"], options["cat"]))
    if options["check"]:
        sys.exit(check_folder(options["out"], as_json=options["as_json"]))
    sys.exit(backfill_files(options))
