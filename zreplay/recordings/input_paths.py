"""What the user named -> the recordings to read: patterns become the files that they match."""

from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path
from typing import Final

from protocol.errors import InputError

STANDARD_INPUT: Final = Path("-")


def matching(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files, those of a pattern such as `quotes/*.csv.gz` by name; `**` goes deeper.

    A file whose own name looks like a pattern is that file.

    Raises:
        InputError: a pattern matches nothing.
    """
    files: list[Path] = []
    for path in paths:
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
