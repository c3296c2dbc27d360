"""Replays recorded market data, or relays a live feed, to workers over ZeroMQ.

As a library: `read` iterates over the quotes of recordings in the order of their arrival, `Replay`
replays them in their time, `subscribe` receives what another replayer sends, and `results` iterates
over what a run has written; `run`, `inspect` and `convert` do what the commands do.
Importing this costs nothing; everything else is imported on first use.
"""

TYPE_CHECKING = False  # typing would be imported before anything could be heard
if TYPE_CHECKING:
    __version__: str
    from protocol.errors import ZreplayError
    from zreplay.consumer.backfill import backfill
    from zreplay.consumer.calls import convert, inspect, run
    from zreplay.consumer.partitions import partitions
    from zreplay.consumer.received import Received
    from zreplay.consumer.received_mids import ReceivedMids
    from zreplay.consumer.replay import Replay
    from zreplay.consumer.subscribe import subscribe
    from zreplay.quotes.arrow_batch import SCHEMA
    from zreplay.quotes.rejection import Rejection
    from zreplay.reading import read
    from zreplay.result_tables import outputs, results


def _check_protocol() -> None:
    """Raise ImportError if `protocol` is not ours but a file of the user, which is not run."""
    import os
    import sys
    from importlib.util import find_spec

    ours = os.path.join(os.path.dirname(os.path.dirname(__file__)), "protocol", "__init__.py")
    module = sys.modules.get("protocol")
    found = getattr(module or find_spec("protocol"), "__file__" if module else "origin", None)
    if found is not None and os.path.realpath(found) == os.path.realpath(ours):
        try:
            from protocol import OF_ZREPLAY as OF_ZREPLAY
        except ImportError:  # another package was installed over it
            pass
        else:
            return
    raise ImportError(
        f"{found or 'something'} hides the package `protocol` that zreplay installs: "
        "rename it, or uninstall the package that it belongs to and install zreplay again; "
        "`python -m` also finds what lies in the working folder, `python -P -m` does not"
    )


_check_protocol()
__all__ = [
    "SCHEMA",
    "Received",
    "ReceivedMids",
    "Rejection",
    "Replay",
    "ZreplayError",
    "__version__",
    "backfill",
    "convert",
    "inspect",
    "outputs",
    "partitions",
    "read",
    "results",
    "run",
    "subscribe",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    homes = {
        "ZreplayError": "protocol.errors:ZreplayError",
        "Rejection": "zreplay.quotes.rejection:Rejection",
        "SCHEMA": "zreplay.quotes.arrow_batch:SCHEMA",
        "Received": "zreplay.consumer.received:Received",
        "Replay": "zreplay.consumer.replay:Replay",
        "ReceivedMids": "zreplay.consumer.received_mids:ReceivedMids",
        "subscribe": "zreplay.consumer.subscribe:subscribe",
        "read": "zreplay.reading:read",
        "outputs": "zreplay.result_tables:outputs",
        "results": "zreplay.result_tables:results",
        "backfill": "zreplay.consumer.backfill:backfill",
        "partitions": "zreplay.consumer.partitions:partitions",
        "convert": "zreplay.consumer.calls:convert",
        "inspect": "zreplay.consumer.calls:inspect",
        "run": "zreplay.consumer.calls:run",
    }
    if name == "__version__":
        from protocol.program_version import PROGRAM_VERSION

        return PROGRAM_VERSION
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = homes[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
