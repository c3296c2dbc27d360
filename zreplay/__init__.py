"""Replays recorded market data, or relays a live feed, to workers over ZeroMQ.

As a library: `read` iterates over the quotes of recordings in the order of their arrival.
Importing this costs nothing; what it takes is imported when it is asked for.
"""

TYPE_CHECKING = False  # typing would be imported before anything could be heard
if TYPE_CHECKING:
    from protocol.errors import ZreplayError
    from zreplay.reading import SCHEMA, read
    from zreplay.rejection import Rejection

__all__ = ["SCHEMA", "Rejection", "ZreplayError", "read"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    homes = {"ZreplayError": "protocol.errors", "Rejection": "zreplay.rejection"}
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(homes.get(name, "zreplay.reading")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
