"""A key from where `--key` says: a file, an environment variable or an open descriptor."""

import os
import stat
from pathlib import Path
from typing import Final

from protocol.errors import SettingsError
from protocol.keys.key import MAX_FILE_BYTES, Key, key_of
from protocol.whole_number import whole_number

ENVIRONMENT: Final = "env:"
DESCRIPTOR: Final = "fd:"
ALLOWED_FILE: Final = "allowed.toml"
MOST_DESCRIPTORS: Final = 1_000_000


def read_key(source: str) -> Key:
    """Return the key that is there: a path, `env:VARIABLE` or `fd:NUMBER`.

    Raises:
        SettingsError: there is none, or others than its owner can read it.
    """
    return key_of(secret_text(source), source)


def secret_text(source: str) -> str:
    """Return the text that is there, as `read_key`."""
    if source.startswith(ENVIRONMENT):
        name = source.removeprefix(ENVIRONMENT)
        if (text := os.environ.get(name)) is None:
            raise SettingsError(f"the variable {name} is not set", code="Z216")
        return text
    if source.startswith(DESCRIPTOR):
        number = whole_number(source.removeprefix(DESCRIPTOR), MOST_DESCRIPTORS)
        if number is None:
            raise SettingsError(f"{source} is no descriptor", fix="fd:3", code="Z216")
        return _read(number, f"descriptor {number}")
    return private_text(Path(source))


def private_text(path: Path) -> str:
    """Return the text of a file that only its owner may read.

    Raises:
        SettingsError: it cannot be read, or others may read it.
    """
    return _text_of(path, 0o077, f"chmod 600 {path}")


def unforged_text(path: Path) -> str:
    """Return the text of a file that only its owner may write.

    Raises:
        SettingsError: it cannot be read, or others may write it.
    """
    return _text_of(path, 0o022, f"chmod go-w {path}")


def allowed_path(source: str) -> Path | None:
    """Return where the allowed keys lie beside a key; None if it is in no file."""
    if source.startswith((ENVIRONMENT, DESCRIPTOR)):
        return None
    return Path(source).parent / ALLOWED_FILE


def _text_of(path: Path, forbidden: int, fix: str) -> str:
    try:
        # A FIFO would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise SettingsError(f"cannot read {path}: {reason}", code="Z216") from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SettingsError(f"{path} is not a file", code="Z216")
        if found.st_mode & forbidden:
            raise SettingsError(
                f"{path} has mode {stat.S_IMODE(found.st_mode):04o}: others than its owner "
                f"{'can read' if forbidden == 0o077 else 'can write'} it",
                fix=fix,
                code="Z216",
            )
        return _read(descriptor, str(path))
    finally:
        os.close(descriptor)


def _read(descriptor: int, where: str) -> str:
    parts, left = [], MAX_FILE_BYTES + 1
    try:
        while left and (part := os.read(descriptor, left)):
            parts.append(part)
            left -= len(part)
        if not left:
            raise SettingsError(f"{where} is longer than {MAX_FILE_BYTES} bytes", code="Z216")
        return b"".join(parts).decode()
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is not a key: it is not UTF-8", code="Z216") from None
    except OSError as error:
        raise SettingsError(f"cannot read {where}: {error.strerror}", code="Z216") from error
