"""`zreplay top` on the command line."""

import sys
from pathlib import Path

import click

from protocol import endpoints
from protocol.endpoint_check import check_endpoint
from protocol.program.checked_option import checked_by


@click.command()
@click.option(
    "--control",
    metavar="ADDRESS",
    callback=checked_by(check_endpoint),
    help=f"[default: {endpoints.CONTROL_ENDPOINT}]",
)
@click.option("--out", type=click.Path(path_type=Path), help="Show the run in this folder.")
@click.option("--key", metavar="FILE", help="The key, where the replayer asks for one.")
def top(control: str | None, out: Path | None, key: str | None) -> None:
    """Show a running replayer: a live dashboard with keys.

    In a pipe it prints a line every 5 s. The keys do what `ctl` does; ? explains them, q leaves
    and the run continues.

    \b
    Examples:
      zreplay top
      zreplay top --out logs/run
    """
    from protocol.program.key_options import connecting_guard
    from protocol.program.stop import StopSignal
    from zreplay.screen.top import top as show
    from zreplay.supervision.run_folder import control_endpoint_of

    endpoint = control or (control_endpoint_of(out) if out else endpoints.CONTROL_ENDPOINT)
    guard = connecting_guard(key or "")
    sys.exit(show(endpoint, StopSignal.install(), folder=out, guard=guard))
