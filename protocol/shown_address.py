"""An address as it may be shown or logged: without user, password, query and fragment.

All code that prints an address, or writes one down, calls this; only code that connects uses the
address itself.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_END_OF_AUTHORITY: Final = re.compile(r"[/?#]")
_QUERY: Final = re.compile(r"[?#]")
_PORT: Final = re.compile(r"[^:]*(:(\d*|\*))?|\[.*\](:(\d*|\*))?")
_LOCAL: Final = ("ipc", "inproc")
"""What follows is a path, not a secret: it may contain any of these characters."""


def shown_address(address: str) -> str:
    """Return an endpoint, URL or HOST:PORT without the secrets that it may hold."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
    if scheme in _LOCAL:
        return address
    authority = _END_OF_AUTHORITY.split(rest, maxsplit=1)[0]
    if "@" in authority:
        rest = rest[authority.rindex("@") + 1 :]
    elif "@" in rest and not _PORT.fullmatch(authority):  # a password with a slash in it
        rest = rest[rest.rindex("@") + 1 :]
    return f"{scheme}{separator}{_QUERY.split(rest, maxsplit=1)[0]}"


def shown_addresses(addresses: Sequence[str]) -> list[str]:
    """Return each as it may be shown; those that then look alike get a number."""
    seen: Counter[str] = Counter()
    shown = []
    for address in map(shown_address, addresses):
        seen[address] += 1
        shown.append(address if seen[address] == 1 else f"{address} ({seen[address]})")
    return shown
