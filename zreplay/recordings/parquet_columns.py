"""Columns as Parquet stores them -> a block and the faults, by the rules of a CSV.

Rule 1: a timestamp is one of Arrow's (of any unit; without a zone it is UTC), an integer of
nanoseconds since 1970, or a text as in a CSV. Numbers are integers, floats or decimals.
Rule 2: a null is an empty field. So is NaN where an empty field is not a fault: in an amount.
Rule 3: `line_rows` is the judge here too: any row that cannot be converted with the others, or
looks odd, is given to it as the texts that a CSV would hold.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
from msgspec.structs import replace

from protocol.errors import InputError
from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.quotes.arrow_batch import ArrowColumn
from zreplay.quotes.block import Block, first_position
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.csv.csv_columns import CsvColumns
from zreplay.recordings.csv.csv_times import as_integers
from zreplay.recordings.csv.judged_rows import JudgedRows, LineFault, block_of_rows, with_judged
from zreplay.recordings.csv.line_fields import Fault, not_utf_8, shown
from zreplay.recordings.csv.line_rows import Row, read_fields
from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.csv.ticker_codes import TickerCodes
from zreplay.recordings.fixed_point import as_floats, is_fixed_point
from zreplay.recordings.formats.layout import AMOUNTS, PRICES, Layout
from zreplay.recordings.formats.time_form import UNITS_NS
from zreplay.recordings.plain_columns import PlainColumns, has_nulls

BYTES_A_ROW: Final = 64
"""About what a row takes in memory: this many bytes of a block count as a row."""

FEW_ROWS: Final = 64
"""This few rows are judged one by one rather than halved again."""

_TIMES: Final = ("timestamp", "local_timestamp")
_INSTANT: Final = pa.timestamp("ns")
_TEXT: Final = pa.dictionary(pa.int32(), pa.string())
_TARGETS: Final = {
    **dict.fromkeys(("index", "local_timestamp"), pa.int64()),
    **dict.fromkeys((*PRICES, *AMOUNTS, "latency"), pa.float64()),
    **dict.fromkeys(("ticker", "exchange", "symbol"), _TEXT),
}


def check_types(schema: pa.Schema, layout: Layout, file: str) -> None:
    """Check that each column is of a type that can be read.

    Raises:
        InputError: one is not.
    """
    for name, place in layout.places.items():
        field = schema.field(place)
        if name in _TIMES and not layout.times.unit:
            is_right = pa.types.is_timestamp(field.type) or pa.types.is_signed_integer(field.type)
        else:
            is_right = _is_number(field.type) or is_fixed_point(field.type)
        if not (is_right or _is_text(field.type) or pa.types.is_null(field.type)):
            raise InputError(
                f"{file}: the column {field.name} is of type {field.type}, which is not a {name}",
                fix="write it as text, number or timestamp",
                code="Z402",
            )


class ParquetColumns:
    """Reads the rows of one file, whose positions begin with `file_number`.

    `shared` is that of the files that are read together.
    """

    def __init__(self, layout: Layout, file_number: int, shared: SharedRows | None = None) -> None:
        # The fields of a row are the columns that are read, in this order.
        self._names = tuple(layout.places)
        header = tuple(layout.spelled(name) for name in self._names)
        places = {name: place for place, name in enumerate(self._names)}
        self._layout = replace(layout, header=header, places=places)
        self._file_base = first_position(file_number)
        is_bare = shared is not None and shared.are_bare
        self._known_names = TickerCodes(None if shared is None else shared.names)
        self._plain = PlainColumns(self._layout, self._known_names, is_bare=is_bare)

    def read(self, batch: pa.RecordBatch, first_row: int) -> JudgedRows:
        """Read rows of which the first has this number in the file, columns by header name."""
        columns = [batch.column(name) for name in self._layout.header]
        columns = [as_floats(each) if is_fixed_point(each.type) else each for each in columns]
        if not self._layout.times.unit:
            for place in (place for name, place in self._layout.places.items() if name in _TIMES):
                columns[place] = _as_utc(columns[place])
        blocks: list[Block] = []
        faults: list[LineFault] = []
        plain = self._plain.block(columns, self._file_base + first_row)
        if plain is not None:
            return JudgedRows(plain, faults)
        if len(batch):
            self._read(pa.table(columns, self._field_names), first_row, 0, blocks, faults)
        return JudgedRows(joined(blocks or [block_of_rows([], [])]), faults)

    @property
    def _field_names(self) -> list[str]:
        return [f"f{place}" for place in range(len(self._names))]

    def _read(
        self,
        table: pa.Table,
        first_row: int,
        number: int,
        blocks: list[Block],
        faults: list[LineFault],
    ) -> None:
        """Append the rows and the faults of one or more rows, the first of this number."""
        first = self._file_base + first_row + number
        position = np.arange(first, first + len(table), dtype=np.int64)
        try:
            converted = pa.table(
                [
                    _converted(table[f"f{place}"].chunk(0), name)  # type: ignore[arg-type]  # one array
                    for place, name in enumerate(self._names)
                ],
                self._field_names,
            )
            block, is_odd = CsvColumns(converted, self._layout, self._known_names).block(position)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError):
            self._halve(table, first_row, number, blocks, faults)
            return
        odd = {row: self._judged(table, row) for row in np.flatnonzero(is_odd).tolist()}
        faults += [
            LineFault(number + row, number + row, fault)
            for row, fault in odd.items()
            if isinstance(fault, Fault)
        ]
        blocks.append(with_judged(block, odd))

    def _halve(
        self,
        table: pa.Table,
        first_row: int,
        number: int,
        blocks: list[Block],
        faults: list[LineFault],
    ) -> None:
        middle = len(table) // 2
        if len(table) > FEW_ROWS:
            self._read(table.slice(0, middle), first_row, number, blocks, faults)
            self._read(table.slice(middle), first_row, number + middle, blocks, faults)
            return
        rows: list[Row] = []
        positions: list[int] = []
        for row in range(len(table)):
            judged = self._judged(table, row)
            if isinstance(judged, Fault):
                faults.append(LineFault(number + row, number + row, judged))
            else:
                rows.append(judged)
                positions.append(self._file_base + first_row + number + row)
        blocks.append(block_of_rows(rows, positions))

    def _judged(self, table: pa.Table, row: int) -> Row | Fault:
        texts = []
        for column, name in zip(table.columns, self._layout.header, strict=True):
            try:
                texts.append(_text(column, row))
            except UnicodeDecodeError as error:  # Parquet only says of a text that it is UTF-8
                return Fault(name, shown(error.object), *not_utf_8(error))
        return read_fields(texts, self._layout)


def _converted(column: ArrowColumn, name: str) -> ArrowColumn:
    """Return a column as `CsvColumns` takes it."""
    if name in _TIMES and (pa.types.is_timestamp(column.type) or _is_text(column.type)):
        if pa.types.is_timestamp(column.type):
            return _in_ns(column)
        return column.cast(pa.string()).fill_null("")
    target = _TARGETS.get(name, pa.int64())
    if target == _TEXT:
        if column.type == _TEXT and not has_nulls(column):
            return column
        return column.cast(pa.string()).fill_null("").dictionary_encode()
    if _is_text(column.type):
        raise pa.ArrowInvalid("a number that is written as text is the judge's")
    if column.type != target:
        column = column.cast(target)
    return _without_nan(column) if name in AMOUNTS else column


def _in_ns(column: ArrowColumn) -> ArrowColumn:
    """Return instants without a zone in nanoseconds."""
    times_ns = UNITS_NS[column.type.unit]
    if times_ns == 1:
        return column
    if column.null_count or not len(column):
        return column.cast(_INSTANT)
    instants = column.view(pa.int64()).to_numpy()
    least_ns, greatest_ns = int(instants.min()) * times_ns, int(instants.max()) * times_ns
    if least_ns < INT64_MIN or greatest_ns > INT64_MAX:
        return column.cast(_INSTANT)  # which says what is beyond
    in_ns: ArrowColumn = pa.array(instants * times_ns).view(_INSTANT)
    return in_ns


def _without_nan(column: ArrowColumn) -> ArrowColumn:
    """Return numbers with a null where there is a NaN."""
    is_nan = np.isnan(column.to_numpy(zero_copy_only=False))
    if not is_nan.any():
        return column
    numbers: ArrowColumn = pa.array(column.to_numpy(zero_copy_only=False), mask=is_nan)
    return numbers


def _as_utc(column: ArrowColumn) -> ArrowColumn:
    """Return instants without a zone; integers are nanoseconds."""
    if pa.types.is_timestamp(column.type):
        return column.view(pa.timestamp(column.type.unit))
    if pa.types.is_integer(column.type):
        return as_integers(column).view(_INSTANT)
    return column


def _text(column: "pa.ChunkedArray[Any]", row: int) -> str:
    """Return a value as a CSV would hold it."""
    return column.slice(row, 1).cast(pa.string())[0].as_py() or ""


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(kind) for is_kind in texts)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
