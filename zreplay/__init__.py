"""Replays recorded market data, or relays a live feed, to workers over ZeroMQ.

As a library: `read` iterates over the quotes of recordings in the order of their arrival.
Importing this costs nothing; everything else is imported on first use.
"""

TYPE_CHECKING = False  # typing would be imported before anything could be heard
if TYPE_CHECKING:
    from protocol.errors import ZreplayError
    from zreplay.quotes.rejection import Rejection
    from zreplay.reading import SCHEMA, read


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
__all__ = ["SCHEMA", "Rejection", "ZreplayError", "read"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    homes = {"ZreplayError": "protocol.errors", "Rejection": "zreplay.quotes.rejection"}
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(homes.get(name, "zreplay.reading")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
