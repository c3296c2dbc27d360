"""The address of an object in a store, such as `s3://bucket/quotes.csv`, where a path is expected.

It never has a user, password or query: credentials come from the environment or the usual files.
"""

import re
from pathlib import Path, PosixPath
from typing import Final

from protocol.errors import InputError
from protocol.shown_address import shown_address

STORES: Final = ("s3", "gs", "abfs")
UNTESTED_STORES: Final = ("gs", "abfs")
FETCH_CODE: Final = "Z401"
"""Of an error of the store, and not of what is in an object."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")


class ObjectPath(PosixPath):
    """A path whose text is the address; no file of this machine is meant."""

    def __str__(self) -> str:
        return address_of(super().__str__())

    @property
    def scheme(self) -> str:
        """The store that it is in: one of STORES."""
        return str(self).partition("://")[0]

    @property
    def key(self) -> str:
        """The bucket and what follows, as the library takes it."""
        return str(self).partition("://")[2]


def checked_key(address: str) -> ObjectPath:
    """Return the path of an address.

    Raises:
        InputError: its key has an empty part, which a path cannot have.
    """
    if "//" in address.partition("://")[2]:
        raise InputError(
            f"{shown_address(address)}: has // in its key, which is not read",
            fix="give the others by a pattern, or copy it to another key",
            code=FETCH_CODE,
        )
    return ObjectPath(address)


def written_path(text: str) -> Path:
    """Return the path of a file or an address, of which a path would lose one of two slashes.

    Raises:
        InputError: it is an address with an empty part in its key.
    """
    path = Path(text)
    if scheme_of(path) and not path.exists():
        checked_key(text)
    return path


def scheme_of(path: Path) -> str:
    """Return the scheme of an address in lower case, empty if this is none."""
    found = _SCHEME.match(str(path))
    return found[1].lower() if found else ""


def address_of(text: str) -> str:
    """Return an address as it is written: a path has one slash where it has two."""
    return _SCHEME.sub(lambda found: f"{found[1].lower()}://", text, count=1)
