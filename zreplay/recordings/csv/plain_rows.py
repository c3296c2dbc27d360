"""The plain lines of a text -> columns, at the speed of memory: compiled.

A line is plain if it is spelled as nearly all are: ASCII, without quotes, no field of a rare
form. The others are odd, which does not mean bad: `line_rows` judges them. If a text has too many
odd lines, or nothing was compiled, pyarrow reads faster: `csv_rows`.
"""

from typing import Final, NamedTuple

import numpy as np

from protocol.program.compiled_parts import ROWS, are_in_use
from zreplay.quotes.block import Block, Int64s
from zreplay.recordings.csv.csv_header import Layout
from zreplay.recordings.csv.ticker_codes import MOST_NAMES

if are_in_use(ROWS):
    from zreplay.recordings.csv.compiled_rows import new_names
    from zreplay.recordings.csv.compiled_rows import read as read_compiled

ODD_SHARE: Final = 32
"""One line in this many may be odd: judging them then costs as much as pyarrow for all."""

ALWAYS_ODD: Final = 64
"""This many may be odd in any text."""

# The rows of a table of cells, in the order that the C code has them in; a column of the
# layout goes to the row of its name.
_CELLS: Final = (
    *("start", "number", "arrival", "index", "timestamp", "latency"),
    *("ask_amount", "ask_price", "bid_price", "bid_amount"),
)
_INT64_CELLS: Final = _CELLS.index("latency")
_PASSED_OVER: Final = 0
_ODD_CELLS: Final = 3


class PlainText(NamedTuple):
    """The contents of the plain lines, and where the odd ones are: [start, end, number] of each.

    `starts` and `numbers` say at which byte each row begins and which line of the text it is.
    """

    block: Block
    starts: Int64s
    numbers: Int64s
    odd_lines: Int64s


class PlainRows:
    """Reads texts of one layout, whose columns are ours."""

    def __init__(self, layout: Layout) -> None:
        kinds = [_PASSED_OVER] * len(layout.header)
        for name, place in layout.places.items():
            kinds[place] = len(_CELLS) if name == "ticker" else _CELLS.index(name)
        self._kinds = bytes(kinds)
        self._known_names = new_names(MOST_NAMES)

    @staticmethod
    def can_read(layout: Layout) -> bool:
        return are_in_use(ROWS) and not layout.is_tardis

    def read(self, text: memoryview, line_count: int, base: int) -> PlainText | None:
        """Read a text of this many line feeds, with one at its end; None if too much of it is odd.

        `base` is the position of its first byte.
        """
        cells = np.empty((len(_CELLS), line_count), np.int64)
        codes = np.empty(line_count, np.int32)
        odd_lines = np.empty((ALWAYS_ODD + line_count // ODD_SHARE, _ODD_CELLS), np.int64)
        row_count, odd_count, names = read_compiled(
            text, self._kinds, cells, codes, odd_lines, self._known_names
        )
        if odd_count > len(odd_lines):
            return None
        starts, numbers, arrival_ns, index, timestamp_ns = cells[:_INT64_CELLS, :row_count]
        floats = cells[_INT64_CELLS:, :row_count].view(np.float64)
        latency_ms, ask_amount, ask_price, bid_price, bid_amount = floats
        block = Block(
            arrival_ns=arrival_ns,
            position=base + starts,
            index=index,
            timestamp_ns=timestamp_ns,
            latency_ms=latency_ms,
            ask_amount=ask_amount,
            ask_price=ask_price,
            bid_price=bid_price,
            bid_amount=bid_amount,
            ticker_codes=codes[:row_count],
            ticker_names=names,
        )
        return PlainText(block, starts, numbers, odd_lines[:odd_count])
