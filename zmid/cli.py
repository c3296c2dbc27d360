"""The command line of `zmid`: options -> settings -> one call; errors -> one text, one code.

Precedence: flag, then environment (ZMID_*), then the TOML files, then the default.
"""

import sys
from pathlib import Path
from typing import Any

import click

from protocol.endpoints import DATA_ENDPOINT, RESULT_ENDPOINT, SYNC_ENDPOINT
from protocol.program.address_option import address_option
from protocol.program.checked_option import checked_by
from protocol.program.command_line import begin, context_settings, metrics_option, own_options
from protocol.program.command_line import run as run_program
from protocol.program.completion_command import completion_command
from protocol.program.config_command import config_command
from protocol.program.key_options import allowed_option, key_option
from protocol.program.parent import parent_option
from protocol.program.processor_options import processor_options, publish_option
from protocol.program.rotation_options import rotation_options
from protocol.program.threshold import check_threshold
from protocol.program.threshold_option import Threshold
from zmid.settings import (
    DURABILITIES,
    SinkSettings,
    WorkerSettings,
    check_hwm,
    check_name,
    lock_wait_ns,
)


@click.group("zmid", context_settings=context_settings("ZMID"))
@own_options
def cli(log_format: str, log_level: str) -> None:
    """Compute mid prices of replayed quotes, and log them in order.

    \b
    Examples:
      zmid sink --out logs/run            the log sink, one per run
      zmid worker                         a worker, as many as you like, any time
    """
    begin(cli, log_format, log_level)


@cli.command()
@address_option("--source", DATA_ENDPOINT, "The replayer's batches.")
@address_option("--sink", RESULT_ENDPOINT, "The sink's results.")
@click.option(
    "--latency-threshold",
    type=Threshold(),
    default=20.0,
    metavar="MS|off",
    envvar=["ZMID_WORKER_LATENCY_THRESHOLD", "ZMID_LATENCY_THRESHOLD"],
    callback=checked_by(check_threshold),
    help="Above it, a historical quote has no mid.",
)
@click.option(
    "--stamp",
    type=click.Choice(("exchange", "arrival")),
    default="exchange",
    help="Which time a line shows.",
)
@click.option(
    "--name",
    metavar="NAME",
    callback=checked_by(check_name),
    help="The name it is shown under.  [default: HOST:PID]",
)
@click.option("--hwm", default=1, callback=checked_by(check_hwm), help="Batches in its pipe.")
@processor_options
@metrics_option
@key_option
@click.option("--insecure", is_flag=True, help="Let other machines reach --metrics.")
@parent_option
def worker(latency_threshold: float, **options: Any) -> None:
    """Take batches, compute their lines, hand them to the sink.

    \b
    Examples:
      zmid worker
      ZMID_LATENCY_THRESHOLD=50 zmid worker --source tcp://127.0.0.1:5555
      zmid worker --processor spread.py:spread,tick=0.01
    """
    settings = WorkerSettings(latency_threshold_ms=latency_threshold, **options)
    from protocol.program.stop import StopSignal
    from zmid.serve_worker import run_worker

    sys.exit(run_worker(settings, StopSignal.install()))


@cli.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("logs/run"),
    help="The folder of the two logs and the commits.",
)
@address_option("--bind", RESULT_ENDPOINT, "Where workers send results.")
@address_option("--sync", SYNC_ENDPOINT, "Where the replayer connects.")
@click.option(
    "--durability",
    type=click.Choice(DURABILITIES),
    default="process",
    help="What a committed line survives; power: the disk is synced.",
)
@click.option("--table", is_flag=True, help="Take results of workers with --table only.")
@rotation_options
@click.option("--fresh", is_flag=True, help="Start over; remove both logs, the commits, run.json.")
@click.option("--exit-when-done", is_flag=True, help="Exit when the run is finished.")
@metrics_option
@publish_option
@key_option
@allowed_option
@click.option("--insecure", is_flag=True, help="Bind where others reach it; anyone may use it.")
@click.option("--lock-wait", default="0s", hidden=True, callback=checked_by(lock_wait_ns))
@parent_option
def sink(out: Path, lock_wait: str, **options: Any) -> None:
    """Write the lines of all workers in order, each exactly once, into --out.

    \b
    Examples:
      zmid sink --out logs/run
      zmid sink --out logs/run --durability power --exit-when-done
      zmid sink --publish tcp://127.0.0.1:5561
      zmid sink --out logs/run --rotate hourly
    """
    settings = SinkSettings(out=out, lock_wait_ns=lock_wait_ns(lock_wait), **options)
    from protocol.program.stop import StopSignal
    from zmid.serve_sink import run_sink

    sys.exit(run_sink(settings, StopSignal.install()))


cli.add_command(config_command(cli))
cli.add_command(completion_command(cli))


def main() -> None:
    """Run the command line and end with its exit code."""
    run_program(cli)
