"""What a worker says of the code of its user: which processors, and the files of each."""

from typing import Annotated, Final

from msgspec import Meta

from protocol.limits import (
    MAX_NAME_CHARS,
    MAX_OUTPUTS,
    MAX_PARAMETERS_CHARS,
    MAX_PROCESSORS,
    MAX_SCHEMAS_BYTES,
)
from protocol.travelling import Travelling

DIGEST_BYTES: Final = 16

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\Z", max_length=MAX_NAME_CHARS)]
"""Of a processor or of a file that it writes: never a path, never hidden."""
Parameters = Annotated[str, Meta(pattern=r"^[ -~]*\Z", max_length=MAX_PARAMETERS_CHARS)]
Digest = Annotated[bytes, Meta(min_length=DIGEST_BYTES, max_length=DIGEST_BYTES)]
Schema = Annotated[bytes, Meta(max_length=MAX_SCHEMAS_BYTES)]


class OutputFile(Travelling, frozen=True):
    """A file that a processor appends to: text, or a table.

    `schema` is that of a table, an Arrow IPC message, with which the file begins; of text it is
    empty.
    """

    name: Name
    schema: Schema


class Declaration(Travelling, frozen=True):
    """What a worker runs besides the mid price: one processor of its user.

    `digest` is that of its source, its name there and its parameters: two that have the same
    compute the same.
    """

    name: Name
    digest: Digest
    parameters: Parameters
    outputs: Annotated[tuple[OutputFile, ...], Meta(min_length=1, max_length=MAX_OUTPUTS)]


Declarations = Annotated[tuple[Declaration, ...], Meta(max_length=MAX_PROCESSORS)]
