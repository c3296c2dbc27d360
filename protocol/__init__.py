"""The wire format, for every program that reads or writes it; imports no other package of ours.

For a consumer of your own, all it needs:

    from protocol import Batch, MalformedMessage, decode, quote_arrays
"""

TYPE_CHECKING = False  # typing would be imported before anything could be heard
if TYPE_CHECKING:
    from protocol.arrays import quote_arrays as quote_arrays
    from protocol.codec import decode as decode
    from protocol.errors import MalformedMessage as MalformedMessage
    from protocol.messages import Batch as Batch

__all__ = ["Batch", "MalformedMessage", "decode", "quote_arrays"]

OF_ZREPLAY = True
"""What another package of this name has not."""

_HOMES = {
    "Batch": "protocol.messages",
    "MalformedMessage": "protocol.errors",
    "decode": "protocol.codec",
    "quote_arrays": "protocol.arrays",
}


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for: the command line starts without it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
