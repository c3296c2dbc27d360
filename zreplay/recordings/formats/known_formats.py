"""The formats by their names: our own, and TOML files of zreplay or of users, read when needed."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from protocol.bounded_file import bounded_bytes
from protocol.errors import InputError, SettingsError
from zreplay.recordings.formats.definition import FormatDefinition, definition_of
from zreplay.recordings.formats.own_format import OWN, OWN_FORMAT

_SUFFIX: Final = ".toml"
MAX_BYTES: Final = 1024 * 1024


@cache
def known_formats() -> tuple[FormatDefinition, ...]:
    """Return every format that comes with zreplay, by name."""
    import tomllib

    found = [
        definition_of(file.name.removesuffix(_SUFFIX), tomllib.loads(file.read_text()))
        for file in _files()
    ]
    return tuple(sorted([OWN_FORMAT, *found], key=lambda each: each.name))


@cache
def formats_digest() -> str:
    """Return a hash of every format that comes with zreplay."""
    digest = hashlib.sha256(OWN_FORMAT.digest.encode())
    for file in _files():
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


@cache
def format_named(name: str) -> FormatDefinition:
    """Return a format by its name, or from the file of this path, which ends with .toml.

    Raises:
        InputError: there is no such file.
        SettingsError: no format has this name, or the file defines none.
    """
    if name.endswith(_SUFFIX):
        return _read(Path(name))
    if name.lower() == OWN:
        return OWN_FORMAT
    for definition in known_formats():
        if definition.name == name.lower():
            return definition
    from difflib import get_close_matches  # which a name that is none needs

    names = [definition.name for definition in known_formats()]
    near = [each for each in names if each.startswith(name.lower())]
    near = near or get_close_matches(name.lower(), names, n=1)
    meant = f"did you mean {' or '.join(near)}? " if near and name else ""
    raise SettingsError(
        f"--format was {name!r}, which is no format",
        fix=f"{meant}one of {', '.join(names)}, or a file of your own: --format my.toml",
        code="Z203",
    )


def _read(path: Path) -> FormatDefinition:
    import tomllib

    try:
        content = tomllib.loads(bounded_bytes(path, MAX_BYTES).decode())
    except OSError as error:
        raise InputError(
            f"cannot read the format {path}: {error.strerror}", fix="check its path", code="Z401"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f"the format {path} is no TOML: {error}", fix="mend that line", code="Z203"
        ) from error
    return definition_of(path.stem, content)


def _files() -> list[Path]:
    return sorted(Path(__file__).parent.glob(f"*{_SUFFIX}"))
