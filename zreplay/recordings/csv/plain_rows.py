"""The plain lines of a text -> columns, at the speed of memory: compiled.

A line is plain if it is spelled as nearly all are: ASCII, without quotes, no field of a rare
form. The others are odd, which does not mean bad: `line_rows` judges them. If a text has too many
odd lines, or nothing was compiled, pyarrow reads faster: `csv_rows`.
"""

import re
import struct
from typing import Final, NamedTuple

import numpy as np

from protocol.program.compiled_parts import ROWS, are_in_use
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Block, Int64s
from zreplay.recordings.csv.ticker_codes import MOST_NAMES, TickerCodes
from zreplay.recordings.csv.zone_columns import in_utc_ns
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import FAR_NS

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
_KINDS: Final = {
    **{name: row for row, name in enumerate(_CELLS) if row > 2},
    **{"ticker": len(_CELLS), "symbol": len(_CELLS)},
    **{"local_timestamp": len(_CELLS) + 1, "exchange": len(_CELLS) + 2},
}
_INT64_CELLS: Final = _CELLS.index("latency")
_PASSED_OVER: Final = 0
_ODD_CELLS: Final = 3
_MOST_FORM_CHARS: Final = 24
_MOST_SCALE: Final = 9


class PlainText(NamedTuple):
    """The contents of the plain lines, and where the odd ones are: [start, end, number] of each.

    `starts` and `numbers` say at which byte each row begins and which line of the text it is.
    """

    block: Block
    starts: Int64s
    numbers: Int64s
    odd_lines: Int64s


class PlainRows:
    """Reads texts of one layout."""

    def __init__(self, layout: Layout) -> None:
        kinds = [_PASSED_OVER] * len(layout.header)
        for name, place in layout.places.items():
            kinds[place] = _KINDS[name]
        self._layout = layout
        self._kinds = bytes(kinds)
        self._form = form_of(layout)
        self._missing = np.array(layout.missing_prices, np.float64)
        self._known_names = new_names(MOST_NAMES)
        self._renamed = TickerCodes()

    @staticmethod
    def can_read(layout: Layout) -> bool:
        return (
            are_in_use(ROWS)
            and len(layout.times.template) <= _MOST_FORM_CHARS
            and max(layout.price_tens, layout.amount_tens) <= _MOST_SCALE
        )

    def read(self, text: memoryview, line_count: int, base: int) -> PlainText | None:
        """Read a text of this many line feeds, with one at its end; None if too much of it is odd.

        `base` is the position of its first byte.
        """
        cells = np.empty((len(_CELLS), line_count), np.int64)
        codes = np.empty(line_count, np.int32)
        odd_lines = np.empty((ALWAYS_ODD + line_count // ODD_SHARE, _ODD_CELLS), np.int64)
        row_count, odd_count, names = read_compiled(
            text,
            self._kinds,
            self._form,
            self._missing,
            cells,
            codes,
            odd_lines,
            self._known_names,
        )
        if odd_count > len(odd_lines):
            return None
        codes = codes[:row_count]
        starts, numbers, arrival_ns, index, timestamp_ns = cells[:_INT64_CELLS, :row_count]
        floats = cells[_INT64_CELLS:, :row_count].view(np.float64)
        latency_ms, ask_amount, ask_price, bid_price, bid_amount = floats
        if self._layout.times.has_local_clock:
            timestamp_ns = in_utc_ns(timestamp_ns, self._layout.times.zone)
            arrival_ns, is_fit = arrivals_ns(timestamp_ns, latency_ms)
            if not is_fit.all():
                return None
        if self._has_other_tickers:
            known_codes, names = self._renamed.numbered([*map(self._ticker, names)])
            codes = known_codes.take(codes)
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
            ticker_codes=codes,
            ticker_names=names,
        )
        return PlainText(block, starts, numbers, odd_lines[:odd_count])

    @property
    def _has_other_tickers(self) -> bool:
        """True if a ticker is not what stands in its column."""
        return self._layout.has_upper_tickers or not self._layout.has_tickers

    def _ticker(self, name: str) -> str:
        if not self._layout.has_tickers:
            return self._layout.ticker
        return name.upper() if self._layout.has_upper_tickers else name


def form_of(layout: Layout) -> bytes:
    """Return how values are written as the C code takes it: `struct form` in lines.h."""
    times = layout.times
    template, is_bare = times.template, times.template.endswith("ssf")
    template = template.removesuffix("f")
    least, greatest = times.magnitude
    most = FAR_NS // times.unit_ns if times.unit else 0
    parts = ("YYYY", "MM", "DD", "hh", "mm", "ss")
    return struct.pack(
        f"=17q{_MOST_FORM_CHARS}s",
        ord(layout.delimiter),
        layout.price_tens,
        layout.amount_tens,
        layout.may_be_negative,
        times.unit_ns,
        max(0, least),
        min(most, greatest),
        times.day_ns,
        is_bare,
        times.has_local_clock,
        len(template),
        *(template.find(part) for part in parts),
        re.sub("[YMDhms]", "0", template).encode(),
    )
