"""The first and the last arrival of a CSV, from a look at its two ends.

They are shown to an operator before the file has been read to its end; no seek relies on them.
A line that is not a row is skipped.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np

from protocol.limits import INT64_MIN
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.strays import LOOK_AHEAD, OFF, judge

PROBE_BYTES: Final = 4 * 1024
FAR_BYTE: Final = 2**62
"""Beyond every file: the end of one whose size is unknown."""

SCAN_BYTES: Final = 64 * 1024
"""How much of each end is looked at."""

ReadAt = Callable[[int, int], bytes]
"""(offset, most bytes) -> the bytes there; fewer only at the end of the file."""


class Table(NamedTuple):
    """The rows of a file: from byte `first` up to `end`; `is_random` if any can be read at once."""

    read_at: ReadAt
    first: int
    end: int
    layout: Layout
    is_random: bool = True


class _Line(NamedTuple):
    start: int
    end: int
    row: Row | None


def ends(table: Table, max_jump_ns: int = OFF) -> tuple[int | None, int | None]:
    """Return the first and the last arrival found at the two ends of the file.

    Strays do not count.
    """
    head = _arrivals(table, table.first, min(table.end, table.first + SCAN_BYTES), max_jump_ns)
    if not table.is_random:
        return min(head, default=None), None
    tail = _arrivals(table, max(table.first, table.end - SCAN_BYTES), table.end, max_jump_ns)
    return min(head + tail, default=None), max(head + tail, default=None)


def _arrivals(table: Table, offset: int, end: int, max_jump_ns: int) -> list[int]:
    """Return the arrivals of the rows that begin there, without strays.

    To recognise strays, some rows beyond the end are looked at too.
    """
    rows: list[Row] = []
    count = 0
    for line in _lines(table, offset, table.end if max_jump_ns else end):
        if line.start >= end + SCAN_BYTES or len(rows) - count == LOOK_AHEAD:
            break
        if line.row is not None:
            rows.append(line.row)
            count += line.start < end
    times_ns = np.array([row.timestamp_ns for row in rows], np.int64)
    strays = judge(times_ns, INT64_MIN, max_jump_ns, is_end=True).strays if max_jump_ns else ()
    return [rows[at].arrival_ns for at in range(count) if at not in strays]


def _lines(table: Table, offset: int, end: int) -> Iterator[_Line]:
    """Yield the lines that begin at or after `offset` and before `end`."""
    line_offset, data, wanted = offset, b"", PROBE_BYTES
    if offset > table.first:  # the line containing `offset` began before it
        line_offset, data = _after_line(table, offset - 1)
    while line_offset < end:
        size = data.find(b"\n")
        if size < 0 and line_offset + len(data) < table.end and len(data) <= MAX_LINE_BYTES:
            more = table.read_at(line_offset + len(data), wanted)
            if not more:  # the file was truncated while it was read
                return
            data += more
            wanted = min(2 * wanted, SCAN_BYTES)
            continue
        if size < 0 and line_offset + len(data) < table.end:  # too long for a row
            next_offset, rest = _after_line(table, line_offset + len(data))
            yield _Line(line_offset, next_offset, None)
        else:
            line, rest = (data, b"") if size < 0 else (data[:size], data[size + 1 :])
            next_offset = line_offset + len(data) - len(rest)
            row = read_line(line, table.layout) if line.removesuffix(b"\r") else None
            yield _Line(line_offset, next_offset, row if isinstance(row, Row) else None)
        line_offset, data = next_offset, rest


def _after_line(table: Table, offset: int) -> tuple[int, bytes]:
    """Return where the line containing `offset` ends, and what was read of the next."""
    wanted = PROBE_BYTES
    while data := table.read_at(offset, wanted):
        size = data.find(b"\n") + 1
        if size:
            return offset + size, data[size:]
        offset += len(data)
        wanted = min(2 * wanted, SCAN_BYTES)
    return table.end, b""
