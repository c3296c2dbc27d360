"""`zreplay feed`: a websocket server that plays a file, from its options to its exit code."""

import sys
from pathlib import Path
from typing import Any

import click

from protocol.endpoint_check import MAX_PORT
from protocol.program.parent import parent_option
from zreplay.commands.playback_options import INSECURE_OPTION, SPEED_OPTION
from zreplay.recordings.input_paths import check_is_no_address
from zreplay.settings import parse_rate


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, MAX_PORT), default=8765, help="0: any free port.")
@SPEED_OPTION
@click.option("--loop", is_flag=True, help="Start again at the end.")
@click.option("--per-client", is_flag=True, help="Play from the start for each client.")
@click.option("--port-file", type=click.Path(path_type=Path), help="Where to write the port.")
@parent_option
@INSECURE_OPTION
def feed(**options: Any) -> None:
    """Serve FILE as a live feed, a websocket of JSON quotes.

    \b
    Example:
      zreplay feed fixtures/live_sample.csv --port 8765
    """
    from protocol.program.stop import StopSignal
    from zreplay.mock_exchange.exchange import FeedSettings, run_feed

    check_is_no_address(options["file"])
    settings = FeedSettings(
        path=options["file"],
        host=options["host"],
        port=options["port"],
        speed=parse_rate(options["speed"]),
        loop=options["loop"],
        per_client=options["per_client"],
        insecure=options["insecure"],
        port_file=options["port_file"],
        parent_fd=options["parent_fd"],
    )
    sys.exit(run_feed(settings, StopSignal.install()))
