"""Metrics over HTTP for as long as a program runs, if an address was given."""

import contextlib
from collections.abc import Callable, Iterator

from protocol.program.metrics import Collect


@contextlib.contextmanager
def serving(
    address: str,
    collect: Collect,
    missing: Callable[[], str],
    *,
    insecure: bool,
) -> Iterator[None]:
    """Serve over HTTP what `collect` returns; without an address, do nothing.

    `missing` returns what the program is waiting for, empty if it is ready.
    """
    if not address:
        yield
        return
    from protocol.program.metrics_server import MetricsServer

    server = MetricsServer(address, collect, missing, insecure=insecure)
    try:
        yield
    finally:
        server.close()
