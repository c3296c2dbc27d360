"""The columns of a batch that came from outside -> whether they can be read at all.

Arrow takes what a file says of offsets and of places in a dictionary for true, and reads memory
that is none of it where they are wrong. Whether a text is UTF-8 is not looked at: that is a matter
of its row.
"""

import pyarrow as pa

from zreplay.quotes.arrow_batch import ArrowColumn

_BYTES = {
    pa.string(): pa.binary(),
    pa.large_string(): pa.large_binary(),
    pa.string_view(): pa.binary_view(),
}


def check_columns(batch: pa.RecordBatch) -> None:
    """Raise ArrowException where offsets, places or sizes of a batch lead outside of it."""
    for column in batch.columns:
        _check(column)


def _check(column: ArrowColumn) -> None:
    column.validate()
    kind = column.type
    if isinstance(column, pa.DictionaryArray):
        _check(column.dictionary)
        pa.DictionaryArray.from_arrays(column.indices, column.dictionary, safe=True)
    elif kind in _BYTES:
        column.view(_BYTES[kind]).validate(full=True)
    elif pa.types.is_nested(kind) or pa.types.is_binary_view(kind) or pa.types.is_binary(kind):
        column.validate(full=True)
