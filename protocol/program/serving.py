"""A program over HTTP for as long as it runs, if an address was given."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from protocol.program.recent_diagnostics import RECENT

if TYPE_CHECKING:
    from protocol.program.metrics import Collect


@contextlib.contextmanager
def serving(
    address: str,
    collect: "Collect",
    missing: Callable[[], str],
    page: str | Callable[[], bytes],
    *,
    insecure: bool,
) -> Iterator[None]:
    """Serve over HTTP what `collect` returns; without an address, do nothing.

    `missing` returns what the program is waiting for, empty if it is ready. `page` returns what
    `/` shows, or is the name of the program, whose page shows its counts.

    Raises:
        SettingsError: the address is not valid, or prometheus-client is not installed.
        LinkError: the address cannot be bound.
    """
    if not address:
        yield
        return
    from protocol.program.counts_page import counts_page
    from protocol.program.metrics_registry import program_registry
    from protocol.program.metrics_server import MetricsServer

    def counts() -> bytes:
        return counts_page(str(page), missing(), collect(), RECENT.latest())

    server = MetricsServer(
        address,
        program_registry(collect),
        missing,
        counts if isinstance(page, str) else page,
        insecure=insecure,
    )
    try:
        yield
    finally:
        server.close()
