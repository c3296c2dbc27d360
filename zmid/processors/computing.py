"""One call of a processor: quotes in, the bytes of each output, or what is wrong with it."""

import traceback
from typing import Any, Final

import msgspec
import pyarrow as pa

from protocol.declaration import Declaration
from protocol.errors import ProcessorError
from protocol.messages import Batch, Buffer
from zmid.batch_rows import rows_of
from zmid.processors.processor import Processor, Table, Text
from zmid.processors.quotes import Quotes

MEND: Final = (
    "mend it, then start over: --fresh, for its source is part of the run; "
    "what was committed before is right"
)


class Loaded(msgspec.Struct, frozen=True):
    """A processor with its parameters, where it is from, and what the sink is told of it."""

    processor: Processor
    parameters: dict[str, Any]
    declaration: Declaration
    path: str

    @property
    def name(self) -> str:
        return self.processor.name


def compute(loaded: Loaded, batch: Batch) -> tuple[Buffer, ...]:
    """Return the bytes for each output of a processor.

    Raises:
        ProcessorError: it raised, or returned other than it declared.
    """
    try:
        returned = loaded.processor.compute(Quotes.of(batch), **loaded.parameters)
    except (Exception, SystemExit) as error:
        raise _raised(loaded, batch, error) from None
    return _checked(loaded, batch, returned)


def records(batch: Batch) -> str:
    """Return the record numbers of a batch in words."""
    if batch.count == 1:
        return f"record {batch.first}"
    return f"records {batch.first} to {batch.first + batch.count - 1}"


def _raised(loaded: Loaded, batch: Batch, error: BaseException) -> ProcessorError:
    """Return the error with its place in the source, and the first record that raises it."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == loaded.path
    ]
    place = f" in line {lines[-1]} of {loaded.path}" if lines else ""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    at = records(_first_raising(loaded, batch))
    return ProcessorError(
        f"processor {loaded.name} raised {text:.300}{place}, at {at}", fix=MEND, code="Z801"
    )


def _first_raising(loaded: Loaded, batch: Batch) -> Batch:
    """Return as few rows as still raise: one of a processor that is row-wise."""
    while batch.count > 1:
        half = batch.count // 2
        for rows in (rows_of(batch, 0, half), rows_of(batch, half, batch.count)):
            try:
                loaded.processor.compute(Quotes.of(rows), **loaded.parameters)
            except (Exception, SystemExit):
                batch = rows
                break
        else:
            return batch
    return batch


def _checked(loaded: Loaded, batch: Batch, returned: Any) -> tuple[Buffer, ...]:
    declared = loaded.processor.outputs
    values = returned if isinstance(returned, tuple | list) else (returned,)
    if len(values) != len(declared):
        what = f"{len(values)} outputs, {len(declared)} are declared"
        raise _other(loaded, batch, what)
    made = []
    for output, value in zip(declared, values, strict=True):
        data = _data(output, value)
        if isinstance(data, str):
            raise _other(loaded, batch, f"{data} for {output.name}")
        made.append(data)
    return tuple(made)


def _data(output: Text | Table, value: Any) -> Buffer | str:
    """Return the bytes to append, or a text that says what the value is instead."""
    kind = type(value).__name__
    if isinstance(output, Text):
        if not isinstance(value, bytes | bytearray | memoryview):
            return f"a value of type {kind}, expected bytes,"
        if isinstance(value, memoryview):
            return value.cast("B") if value.c_contiguous else f"a {kind} with gaps, expected bytes,"
        return value
    if not isinstance(value, pa.RecordBatch):
        return f"a value of type {kind}, expected a RecordBatch,"
    if not value.schema.equals(output.schema, check_metadata=False):
        theirs, ours = (_in_words(schema) for schema in (value.schema, output.schema))
        return f"columns {theirs}, expected {ours},"
    return memoryview(value.replace_schema_metadata(None).serialize()) if len(value) else b""


def _in_words(schema: Any) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)[:300]


def _other(loaded: Loaded, batch: Batch, what: str) -> ProcessorError:
    return ProcessorError(
        f"processor {loaded.name} returned {what} at {records(batch)}", fix=MEND, code="Z802"
    )
