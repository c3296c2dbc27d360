"""`FILE.py:NAME,key=value` or `MODULE:NAME` -> the source of a processor, which is not run here."""

import hashlib
import importlib.util
from pathlib import Path
from typing import Final

import msgspec

from protocol.bounded_file import bounded_bytes
from protocol.declaration import DIGEST_BYTES
from protocol.errors import SettingsError

ENTRY_POINTS: Final = "zmid.processors"
"""Other packages register processors here; one is imported only when it is named."""
MAX_BYTES: Final = 16 * 1024 * 1024
FORMS: Final = "give FILE.py:NAME or MODULE:NAME, with parameters FILE.py:NAME,key=value"


class ProcessorSource(msgspec.Struct, frozen=True):
    """Where a processor is, what it is called there, and with which parameters it is to run.

    `module` is None if it is loaded by its path alone.
    """

    path: Path
    module: str | None
    name: str
    arguments: dict[str, str]
    content: bytes

    def digest(self, parameters: str) -> bytes:
        """Return the hash by which it is told from any other, with these parameters."""
        told = b"\0".join((self.name.encode(), parameters.encode(), self.content))
        return hashlib.sha256(told).digest()[:DIGEST_BYTES]

    def in_words(self) -> str:
        """Return what a run is begun with: the same text for the same source, wherever it is."""
        arguments = [f"{name}={value}" for name, value in sorted(self.arguments.items())]
        return f"{','.join((self.name, *arguments))} of source {self.digest('').hex()[:8]}"


def processor_source(text: str) -> ProcessorSource:
    """Find and read the source that an option names.

    Raises:
        SettingsError: it is not of that form, or there is no such file or module.
    """
    where, name, arguments = _parts(text)
    is_file = where.endswith(".py")
    path = Path(where) if is_file else _module_path(where, text)
    try:
        content = bounded_bytes(path, MAX_BYTES)
    except OSError as error:
        raise _invalid(f"{path} cannot be read: {error.strerror}") from None
    return ProcessorSource(path, None if is_file else where, name, arguments, content)


def _parts(text: str) -> tuple[str, str, dict[str, str]]:
    """Return the file or module, the name in it, and the parameters."""
    end = text.find(".py:") + len(".py") if ".py:" in text else text.find(":")
    if end < 0:
        name, *rest = text.split(",")
        return _parts(",".join((_entry_point(name), *rest)))
    where, (name, *rest) = text[:end], text[end + 1 :].split(",")
    arguments = dict(argument.partition("=")[::2] for argument in rest)
    if not where or not name or not all("=" in argument for argument in rest):
        raise _invalid(f"{text!r:.200} does not name a processor")
    return where, name, arguments


def _entry_point(name: str) -> str:
    from importlib.metadata import entry_points  # takes 40 ms

    for point in entry_points(group=ENTRY_POINTS, name=name):
        return point.value
    raise _invalid(f"{name!r:.200} does not name a processor, and no package has one of that name")


def _module_path(module: str, text: str) -> Path:
    try:
        spec = importlib.util.find_spec(module)
    except Exception as error:  # of a package around it, which is run
        raise _invalid(f"--processor {text}: {type(error).__name__}: {error}") from None
    if spec is None:
        raise _invalid(f"--processor {text}: there is no module {module}")
    if not spec.origin or not spec.has_location:
        raise _invalid(f"--processor {text}: the source of module {module} cannot be read")
    return Path(spec.origin)


def _invalid(what: str) -> SettingsError:
    return SettingsError(what, fix=FORMS, code="Z215")
