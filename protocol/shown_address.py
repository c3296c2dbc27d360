"""An address as a person or a log may see it: without user, password, query and fragment.

Whatever prints an address, or writes one down, asks here; what connects has the address itself.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

_END_OF_AUTHORITY: Final = re.compile(r"[/?#]")
_QUERY: Final = re.compile(r"[?#]")
_PORT: Final = re.compile(r"[^:]*(:(\d*|\*))?|\[.*\](:(\d*|\*))?")
_LOCAL: Final = ("ipc", "inproc")
"""What follows is a path, and no secret: any of these characters may be part of it."""


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
    """Return each of them as it may be seen, those that look alike then with a number behind."""
    seen: Counter[str] = Counter()
    shown = []
    for address in map(shown_address, addresses):
        seen[address] += 1
        shown.append(address if seen[address] == 1 else f"{address} ({seen[address]})")
    return shown
