"""The command line of `zmid`: options -> settings -> one call; errors -> one text, one code.

Precedence: flag, then environment (ZMID_*), then the TOML file, then the default.
"""

import os
import sys
import traceback
from pathlib import Path
from typing import Any, Final

import click

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, ZreplayError
from zmid.settings import (
    DATA_ENDPOINT,
    DURABILITIES,
    RESULT_ENDPOINT,
    SYNC_ENDPOINT,
    SinkSettings,
    WorkerSettings,
)

CONTEXT: Final = {
    "help_option_names": ["-h", "--help"],
    "auto_envvar_prefix": "ZMID",
    "show_default": True,
}


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    from importlib.metadata import version

    import zmq

    click.echo(f"zmid {version('zreplay')} (libzmq {zmq.zmq_version()})")
    context.exit()


def _config(context: click.Context, parameter: click.Parameter, path: Path | None) -> None:
    if path is not None:
        from protocol.config_file import default_map

        assert isinstance(context.command, click.Group)
        context.default_map = default_map(path, context.command)


@click.group(context_settings=CONTEXT)
@click.option("--version", "-V", is_flag=True, callback=_version, expose_value=False, is_eager=True)
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_config,
    expose_value=False,
    is_eager=True,
    help="A TOML file with a table for each command.",
)
@click.option("--log-format", type=click.Choice(("auto", "text", "json")), default="auto")
@click.option(
    "--log-level", type=click.Choice(("debug", "info", "warning", "error")), default="info"
)
def cli(log_format: str, log_level: str) -> None:
    """Compute mid prices of replayed quotes, and log them in order.

    \b
    Examples:
      zmid sink --out logs/run            the log sink, one for a run
      zmid worker                         a worker, as many as you like, any time
    """
    from protocol.diagnostics import set_up

    set_up(log_format, log_level)


@cli.command()
@click.option("--source", default=DATA_ENDPOINT, help="The replayer's batches.")
@click.option("--sink", default=RESULT_ENDPOINT, help="The sink's results.")
@click.option(
    "--latency-threshold",
    type=float,
    default=20.0,
    metavar="MS",
    envvar=["ZMID_WORKER_LATENCY_THRESHOLD", "ZMID_LATENCY_THRESHOLD"],
    help="Above it a historical quote has no mid.",
)
@click.option("--stamp", type=click.Choice(("exchange", "arrival")), default="exchange")
@click.option("--name", help="How it is shown.  [default: HOST:PID]")
@click.option("--hwm", default=1, help="Batches in its pipe.")
@click.option("--parent-fd", type=int, hidden=True)
def worker(latency_threshold: float, **options: Any) -> None:
    """Take batches, compute their lines, hand them to the sink.

    \b
    Examples:
      zmid worker
      ZMID_LATENCY_THRESHOLD=50 zmid worker --source tcp://127.0.0.1:5555
    """
    settings = WorkerSettings(latency_threshold_ms=latency_threshold, **options)
    from protocol.stop import StopSignal
    from zmid.worker import run_worker

    sys.exit(run_worker(settings, StopSignal.install()))


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("logs/run"))
@click.option("--bind", default=RESULT_ENDPOINT, help="Where workers send results.")
@click.option("--sync", default=SYNC_ENDPOINT, help="Where the replayer connects.")
@click.option("--durability", type=click.Choice(DURABILITIES), default="process")
@click.option("--fresh", is_flag=True, help="Begin anew; remove what --out holds of a run.")
@click.option("--exit-when-done", is_flag=True, help="End when the run is finished.")
@click.option("--insecure", is_flag=True, help="Bind where others reach it.")
@click.option("--lock-wait", default="0s", hidden=True)
@click.option("--parent-fd", type=int, hidden=True)
def sink(out: Path, lock_wait: str, **options: Any) -> None:
    """Write the lines of all workers in order, each exactly once, into --out.

    \b
    Examples:
      zmid sink --out logs/run
      zmid sink --out logs/run --durability power --exit-when-done
    """
    lock_wait_ns = round(float(lock_wait.removesuffix("s")) * 1e9)
    settings = SinkSettings(out=out, lock_wait_ns=lock_wait_ns, **options)
    from protocol.stop import StopSignal
    from zmid.sink import run_sink

    sys.exit(run_sink(settings, StopSignal.install()))


def main() -> None:
    """Run the command line; an error of ours is one text and its exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads that idle
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # as fast, 15 MiB less
    try:
        cli(standalone_mode=False)
    except ZreplayError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)
    except Exception:
        traceback.print_exc()
        click.echo("error: this is a defect of ours, please report the lines above", err=True)
        sys.exit(ZreplayError.exit_code)
    sys.exit(EXIT_DONE)
