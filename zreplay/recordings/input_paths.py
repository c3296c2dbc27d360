"""The user's arguments -> the recordings to read: patterns become the files that they match."""

import re
from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from protocol.shown_address import shown_address

STANDARD_INPUT: Final = Path("-")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")


def matching(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files, those of a pattern such as `quotes/*.csv.gz` by name; `**` goes deeper.

    A file whose own name looks like a pattern is that file.

    Raises:
        InputError: a pattern matches nothing, or this is an address.
    """
    files: list[Path] = []
    for path in paths:
        check_is_no_address(path)
        if not has_magic(str(path)) or path.exists():
            files.append(path)
            continue
        found = sorted(Path(name) for name in glob(str(path), recursive=True))
        if not found:
            raise InputError(
                f"{path}: no file matches", fix="check the pattern and the folder", code="Z401"
            )
        files += found
    return tuple(files)


def check_is_no_address(path: Path) -> None:
    """Raise InputError if this is an address, which may hold secrets, rather than a file."""
    if _SCHEME.match(str(path)) and not path.exists():
        # A path has one slash where an address has two.
        address = shown_address(_SCHEME.sub(r"\1://", str(path)))
        raise InputError(
            f"{address} is an address, not a file", fix="fetch it to a file first", code="Z401"
        )
