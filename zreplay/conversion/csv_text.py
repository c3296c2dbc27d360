"""A batch of quotes -> the lines of a CSV that read back as the same quotes.

Times are in UTC, to the nanosecond; a number is the shortest text that reads back as it; what is
null is empty. `compiled/csv.c` writes the same text, fast.
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pa_compute

from protocol.compiled_parts import CSV, are_in_use
from protocol.errors import SettingsError
from zreplay.quotes.arrow_batch import SCHEMA, ArrowColumn
from zreplay.quotes.block import Float64s
from zreplay.recordings.csv.line_rows import NO_INDEX

if are_in_use(CSV):
    from zreplay.conversion.compiled_csv import lines as compiled_lines

DELIMITER: Final = ","
_QUOTED: Final = (DELIMITER, '"')
_NOT_IN_A_LINE: Final = ("\n", "\r")
_FEW_OF: Final = 2
"""Values that are each there so often are worth looking up."""
_RARE_NUMBERS: Final = 65_536
"""So many of what the compiled code leaves to Arrow are kept."""
_LATENCY: Final = "latency_ms"
_INDEX: Final = "index"
_TIMES: Final = ("arrival", "timestamp")
_FLOATS: Final = ("ask_price", "bid_price", "ask_amount", "bid_amount")


_OF_QUOTES: Final = [
    [(field.name, field.type) for field in SCHEMA if field.name not in without]
    for without in ((), (_LATENCY,))
]


def header_line(schema: pa.Schema) -> bytes:
    return f"{DELIMITER.join(schema.names)}\n".encode()


def lines(batch: pa.RecordBatch) -> pa.Buffer:
    """Return the lines of one row or more: of quotes, or of another table.

    Raises:
        SettingsError: a ticker cannot stand in a line.
        pa.ArrowNotImplementedError: a column of another table has no text.
    """
    is_compiled = are_in_use(CSV) and _columns_of(batch.schema) in _OF_QUOTES
    return _compiled(batch) if is_compiled else _by_column(batch)


def _columns_of(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in schema]


def _compiled(batch: pa.RecordBatch) -> pa.Buffer:
    has_latency = _LATENCY in batch.schema.names
    tickers = _tickers(batch["ticker"])
    buffers: list[Any] = tickers.buffers()
    _, ends, names = buffers
    places = np.frombuffer(ends, np.int32)[tickers.offset :][: len(tickers) + 1]
    arrival_ns, timestamp_ns = [batch[name].view(pa.int64()).to_numpy() for name in _TIMES]
    ask_price, bid_price, ask_amount, bid_amount = [_float64s(batch[name]) for name in _FLOATS]
    text = compiled_lines(
        arrival_ns,
        timestamp_ns,
        _float64s(batch[_LATENCY]) if has_latency else None,
        places,
        names or b"",
        ask_price,
        bid_price,
        ask_amount,
        bid_amount,
        batch[_INDEX].fill_null(NO_INDEX).to_numpy(),
        _number,
    )
    return pa.py_buffer(text)


def _float64s(column: ArrowColumn) -> Float64s:
    """Return numbers, NaN for null."""
    numbers: Float64s = column.to_numpy(zero_copy_only=False)
    return numbers


@lru_cache(_RARE_NUMBERS)
def _number(number: float) -> str:
    text: str = pa.array([number], pa.float64()).cast(pa.string())[0].as_py()
    return text


def _by_column(batch: pa.RecordBatch) -> pa.Buffer:
    *columns, last = [_texts(column) for column in batch.columns]
    join: Any = pa_compute.binary_join_element_wise  # its stubs have no text among columns
    last = join(last, "", "\n", null_handling="replace", null_replacement="")
    rows = join(*columns, last, DELIMITER, null_handling="replace", null_replacement="")
    # Each row ends with its line feed: what Arrow holds is the text itself.
    _, offsets, text = rows.buffers()
    ends = np.frombuffer(offsets, np.int32, len(rows) + 1)
    joined: pa.Buffer = text.slice(int(ends[0]), int(ends[-1] - ends[0]))
    return joined


def _texts(column: ArrowColumn) -> ArrowColumn:
    if pa.types.is_timestamp(column.type):
        # With a zone, Arrow takes 25 times as long.
        return column.cast(pa.timestamp("ns")).cast(pa.string())
    if pa.types.is_floating(column.type):
        return _numbers(column)
    if pa.types.is_string(column.type):
        return _tickers(column)
    return column.cast(pa.string())


def _numbers(column: ArrowColumn) -> ArrowColumn:
    """Return numbers as texts; prices and amounts occur again and again."""
    encoded = column.dictionary_encode()
    if _FEW_OF * len(encoded.dictionary) > len(column):
        return column.cast(pa.string())
    texts = encoded.dictionary.cast(pa.string())
    return pa.DictionaryArray.from_arrays(encoded.indices, texts).cast(pa.string())


def _tickers(column: ArrowColumn) -> ArrowColumn:
    names: list[Any] = column.unique().drop_null().to_pylist()
    if any(end in name for name in names for end in _NOT_IN_A_LINE):
        odd = next(name for name in names if any(end in name for end in _NOT_IN_A_LINE))
        raise SettingsError(
            f"the ticker {odd!r} has a line break, which no line of a CSV can hold",
            fix="--to OUT.parquet, or leave it out: --exclude",
            code="Z203",
        )
    if not any(mark in name for name in names for mark in _QUOTED):
        return column
    quoted = pa.array([_quoted(name) for name in names], pa.string())
    return quoted.take(pa_compute.index_in(column, pa.array(names, pa.string())))


def _quoted(name: str) -> str:
    if not any(mark in name for mark in _QUOTED):
        return name
    return '"{}"'.format(name.replace('"', '""'))
