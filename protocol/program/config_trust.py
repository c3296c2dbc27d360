"""What a settings file that was found in the folder of the call may not set.

Whoever wrote that folder may be somebody else: it must not run code, open this machine to others,
choose keys, or say where data comes from or goes to. A file that is named by --config may.
"""

from typing import Any, Final

BY_NAME: Final = {
    "processor": "code to run",
    "scheduler": "where code runs",
    "insecure": "whether others may connect",
    "bind": "an address to bind",
    "broadcast": "an address to bind",
    "publish": "an address to bind",
    "metrics": "an address to bind",
    "host": "an address to bind",
    "key": "a key",
    "allowed": "a key",
    "dir": "a folder of keys",
    "tls-ca": "a key",
    "tls-cert": "a key",
    "tls-key": "a key",
    "live-url": "a live URL",
    "live-format": "a live URL",
}
"""Options by what they say, in all commands."""

BOUND: Final = {("serve", "control"), ("sink", "sync")}
"""Addresses that this command binds and others connect to."""

CONNECTED: Final = {"control", "sync", "source", "sink", "batches", "results"}
"""Addresses of our own parts."""


def why_refused(command: str, option: str, value: Any) -> str:
    """Return what it is that a found file may not set, empty if it may set this.

    `command` and `option` are names as they are typed, without dashes in front.
    """
    if option in BY_NAME:
        return BY_NAME[option]
    if (command, option) in BOUND:
        return "an address to bind"
    values = value if isinstance(value, list) else [value]
    if option not in CONNECTED and any("://" in f"{one}" for one in values):
        return "a URL"
    return ""
