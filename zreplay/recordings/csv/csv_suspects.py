"""Lines that pyarrow could not read at once -> those that are the likely reason.

A guess, but a good one: without the suspects the others are read fast, and each suspect is judged
by itself. A line suspected wrongly costs time, as does a bad line that is not suspected; the rows
are the same.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pa_compute

from zreplay.quotes.arrow_batch import ArrowColumn
from zreplay.quotes.block import Int64s
from zreplay.quotes.timestamp_text import OFFSET
from zreplay.recordings.csv.csv_lines import BYTE_ORDER_MARK, Bools, CsvLines, characters
from zreplay.recordings.formats.layout import AMOUNTS, PRICES, Layout
from zreplay.recordings.formats.time_form import ISO, pattern_of

_NUMBER: Final = r"^[ \t]*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)?[ \t]*$"
_INTEGER: Final = r"^[+-]?[0-9]{0,19}$"
_TIME_OF_DAY: Final = (
    r"^.{10}[ TD]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    rf"({OFFSET})?$"
)
_TIMES: Final = ("timestamp", "local_timestamp")
_DAY: Final = re.compile(rb"\d{4}-\d\d-\d\d")
_YEARS: Final = range(1678, 2262)
_DAY_CHARS: Final = 10


def oddly_built(lines: CsvLines, field_count: int, delimiter: str) -> Bools:
    """Return which of one or more lines do not have as many fields as the header.

    That includes those that are too long, and those that pyarrow would split or start elsewhere.
    """
    text = characters(lines.data)[: int(lines.ends[-1])]
    quotes = _count(text == ord('"'), lines)
    delimiters = _count(text == ord(delimiter), lines)
    odd: Bools = lines.are_too_long | np.where(
        quotes > 0, quotes % 2 == 1, delimiters != field_count - 1
    )
    returns = np.flatnonzero(text == ord("\r"))
    rows = np.searchsorted(lines.starts, returns, side="right") - 1
    odd[rows[returns < lines.text_ends[rows]]] = True
    for row in np.flatnonzero(text[lines.starts] == BYTE_ORDER_MARK[0]).tolist():
        odd[row] |= lines.line(row).startswith(BYTE_ORDER_MARK)
    return odd


def oddly_spelled(table: pa.Table, layout: Layout) -> Bools:
    """Return which rows have a time, number or text that may not be one; the columns are bytes."""
    odd = np.zeros(len(table), dtype=np.bool_)
    for name, place in layout.places.items():
        text: Any = table[f"f{place}"].chunk(0)  # to the stubs it is no array
        if name == "timestamp" and "date" in layout.places:
            day: Any = table[f"f{layout.places['date']}"].chunk(0)
            text = pa_compute.binary_join_element_wise(day, text, b" ")
        if name in (*PRICES, *AMOUNTS, "latency"):
            odd |= ~_matches(text, _NUMBER)
        elif name == "index" or (name in _TIMES and layout.times.unit):
            odd |= ~_matches(text, _INTEGER)
        elif name in _TIMES and layout.times.template != ISO:
            odd |= ~_matches(text, f"^{pattern_of(layout.times.template).pattern}$")
        elif name in _TIMES:
            odd |= ~_matches(text, _TIME_OF_DAY) | ~_begins_with_a_day(text)
        elif name != "date":
            odd |= ~_each(text, _is_utf_8)
    return odd


def _count(is_meant: Bools, lines: CsvLines) -> Int64s:
    counts: Int64s = np.add.reduceat(is_meant, lines.starts, dtype=np.int64)
    return counts


def _matches(text: ArrowColumn, pattern: str) -> Bools:
    matches: Bools = pa_compute.match_substring_regex(text, pattern).to_numpy(zero_copy_only=False)
    return matches


def _begins_with_a_day(text: ArrowColumn) -> Bools:
    return _each(pa_compute.binary_slice(text, 0, _DAY_CHARS), _is_day)


def _each(values: ArrowColumn, holds: Callable[[bytes], bool]) -> Bools:
    """Return for which values it is true; each distinct one is checked once."""
    coded = values.dictionary_encode()
    distinct: list[Any] = coded.dictionary.to_pylist()
    of_each = np.array([holds(value) for value in distinct], dtype=np.bool_)
    found: Bools = of_each[coded.indices.to_numpy()]
    return found


def _is_utf_8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_day(text: bytes) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        return date.fromisoformat(text.decode()).year in _YEARS
    except ValueError:
        return False
