"""What a user writes: a function of quotes, and the files that it appends to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from protocol.declaration import OutputFile
from protocol.errors import SettingsError
from protocol.limits import MAX_NAME_CHARS, MAX_OUTPUTS, MAX_SCHEMAS_BYTES

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")


@dataclass(frozen=True, slots=True)
class Text:
    """A file of text, to which the bytes that a processor returns are appended.

    Raises:
        SettingsError: it is not the name of a file.
    """

    name: str

    def __post_init__(self) -> None:
        check_name(self.name, "a file")

    @property
    def file(self) -> OutputFile:
        return OutputFile(self.name, b"")


@dataclass(frozen=True, slots=True)
class Table:
    """An Arrow IPC stream, to which the rows that a processor returns are appended.

    Its metadata is left out. A dictionary has its values in the stream, which is appended to by
    whole batches: its columns are plain.

    Raises:
        SettingsError: it is not the name of a file, or the schema cannot be appended to.
    """

    name: str
    schema: Any

    def __post_init__(self) -> None:
        check_name(self.name, "a file")
        if not isinstance(self.schema, pa.Schema):
            kind = type(self.schema).__name__
            raise _invalid(f"the schema of {self.name} was of type {kind}, expected pyarrow.Schema")
        if dictionary := next(filter(_has_dictionary, self.schema), None):
            raise _invalid(
                f"column {dictionary.name} of {self.name} is {dictionary.type}: "
                "cast it, a dictionary cannot be appended to"
            )
        object.__setattr__(self, "schema", self.schema.remove_metadata())
        if len(self.file.schema) > MAX_SCHEMAS_BYTES:
            size = len(self.file.schema)
            raise _invalid(f"{self.name} has a schema of {size} bytes, over {MAX_SCHEMAS_BYTES}")

    @property
    def file(self) -> OutputFile:
        return OutputFile(self.name, self.schema.serialize().to_pybytes())


@dataclass(frozen=True, slots=True)
class Processor:
    """A function of Quotes and of its parameters, and its outputs, in their order.

    Raises:
        SettingsError: it has no output, or more than a processor may have.
    """

    name: str
    outputs: tuple[Text | Table, ...]
    compute: Callable[..., Any]

    def __post_init__(self) -> None:
        check_name(self.name, "a processor")
        if not 1 <= len(self.outputs) <= MAX_OUTPUTS:
            count = len(self.outputs)
            raise _invalid(f"{self.name} has {count} outputs, expected 1 to {MAX_OUTPUTS}")
        if strange := [each for each in self.outputs if not isinstance(each, Text | Table)]:
            raise _invalid(f"{self.name} declares {strange[0]!r:.60}, expected Text or Table")

    def __call__(self, *arguments: Any, **parameters: Any) -> Any:
        """Return what the function returns, for whoever tries it by hand."""
        return self.compute(*arguments, **parameters)


def processor(*outputs: Text | Table) -> Callable[[Callable[..., Any]], Processor]:
    """Declare a function to be a processor of its name that appends to these files."""
    return lambda compute: Processor(compute.__name__, outputs, compute)


def check_name(name: str, of: str) -> None:
    """Raise SettingsError unless it may stand as the name of a file in a folder of ours."""
    if not isinstance(name, str) or len(name) > MAX_NAME_CHARS or not _NAME.match(name):
        raise _invalid(
            f"{name!r:.80} is not the name of {of}: letters, digits, '_', '-' and '.', "
            f"{MAX_NAME_CHARS} at most"
        )


def _has_dictionary(field: Any) -> bool:
    kind = field.type
    nested = (kind.field(number) for number in range(kind.num_fields))
    return pa.types.is_dictionary(kind) or any(map(_has_dictionary, nested))


def _invalid(what: str) -> SettingsError:
    return SettingsError(what, code="Z215")
