"""Whether a processor is row-wise: what it computes of a batch cut in two must be the same."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from protocol.errors import ProcessorError
from protocol.messages import Batch, Buffer
from zmid.batch_rows import rows_of
from zmid.processors.computing import Loaded, compute, records
from zmid.processors.processor import Table, Text

WHOLE: Final = 2**31 - 1


def check_rows(loaded: Loaded, batch: Batch, whole: Sequence[Buffer], cut: int) -> None:
    """Compare what was computed of a batch with that of its rows before and from `cut` on.

    Raises:
        ProcessorError: they differ: it depends on where a batch ends.
    """
    before = compute(loaded, rows_of(batch, 0, cut))
    after = compute(loaded, rows_of(batch, cut, batch.count))
    outputs = zip(loaded.processor.outputs, whole, before, after, strict=True)
    for output, at_once, first, second in outputs:
        if _contents(output, (at_once,)) != _contents(output, (first, second)):
            raise ProcessorError(
                f"processor {loaded.name} is not row-wise: {output.name} of {records(batch)} is "
                f"other than when they are cut at record {batch.first + cut}",
                fix="compute each row from itself alone, and without chance or a clock",
                code="Z804",
            )


def _contents(output: Text | Table, pieces: Sequence[Buffer]) -> Any:
    """Return what can be compared: the bytes of a text, the rows of a table, NaN equal to NaN."""
    if isinstance(output, Text):
        return b"".join(pieces)
    schema = output.schema
    batches = [pa.ipc.read_record_batch(pa.py_buffer(piece), schema) for piece in pieces if piece]
    return [_in_full(column) for column in pa.Table.from_batches(batches, schema).columns]


def _in_full(column: Any) -> str:
    """Return every value of a column as text: NaN is NaN there, and a float all its digits."""
    rows = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    text: str = rows.to_string(
        window=WHOLE, container_window=WHOLE, element_size_limit=WHOLE, skip_new_lines=True
    )
    return text
