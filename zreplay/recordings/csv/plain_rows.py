"""The plain lines of a text -> columns, at the speed of memory: compiled.

A line is plain if it is spelled as nearly all are: ASCII, without quotes, no field of a rare
form. The others are odd, which does not mean bad: `line_rows` judges them. If a text has too many
odd lines, or nothing was compiled, pyarrow reads faster: `csv_rows`.
"""

from typing import Final, NamedTuple

import numpy as np

from protocol.compiled_parts import ROWS, are_in_use
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Block, Int32s, Int64s, TimeBounds
from zreplay.recordings.csv.line_form import (
    MOST_COMMENTS,
    MOST_FORM_CHARS,
    MOST_KEPT_CHARS,
    comment_starts,
    form_of,
    is_date_before_time,
    kept_of,
)
from zreplay.recordings.csv.ticker_codes import MOST_NAMES, TickerCodes
from zreplay.recordings.csv.zone_columns import in_utc_ns
from zreplay.recordings.formats.layout import Layout

if are_in_use(ROWS):
    from zreplay.recordings.csv.compiled_rows import new_names, time_bounds
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
    "date": len(_CELLS) + 3,
}
_INT64_CELLS: Final = _CELLS.index("latency")
MOST_SHARED_NAMES: Final = 8192
"""A file has the names of those before it up to so many: each new name copies all of them."""

_ROOM: Final = 1.03
"""There is room for so many times the lines that are expected, and some more: the next lines are
about as long as the last ones."""
_MORE_LINES: Final = 64

_PASSED_OVER: Final = 0
_ODD_CELLS: Final = 3
_MOST_SCALE: Final = 9


class PlainText(NamedTuple):
    """The contents of the plain lines, and where the odd ones are: [start, end, number] of each.

    `starts` and `numbers` say at which byte each row begins and which line of the text it is.
    `left_out` lines are of rows that do not count.
    """

    block: Block
    starts: Int64s
    numbers: Int64s
    odd_lines: Int64s
    left_out: int


class _Renamed(NamedTuple):
    names: tuple[str, ...]
    codes: Int32s
    tickers: tuple[str, ...]


class _Found(NamedTuple):
    """What the compiled code has written, and what it returns: see compiled_rows.pyi."""

    cells: Int64s
    codes: Int32s
    odd_lines: Int64s
    row_count: int
    odd_count: int
    left_out: int
    names: tuple[str, ...]


class PlainRows:
    """Reads texts of one layout, in any order and on any thread: files may share it."""

    def __init__(self, layout: Layout, *, are_bare: bool = False) -> None:
        kinds = [_PASSED_OVER] * len(layout.header)
        for name, place in layout.places.items():
            kinds[place] = _KINDS[name]
        if is_date_before_time(layout):  # the time begins with it
            kinds[layout.places["date"]] = _KINDS["timestamp"]
            kinds[layout.places["timestamp"]] = _PASSED_OVER
        self._layout = layout
        self._are_bare = are_bare
        self._kinds = bytes(kinds)
        self._form = form_of(layout)
        self._missing = np.array(layout.missing_prices, np.float64)
        self._kept = kept_of(layout)
        self._known_names = new_names(MOST_NAMES)
        self._known_count = 0
        self._renamed = TickerCodes()
        self._last_renamed: _Renamed | None = None
        self._line_bytes = 0.0
        """How long the lines were that were gathered last, in the mean."""

    @staticmethod
    def can_read(layout: Layout) -> bool:
        return (
            are_in_use(ROWS)
            and len(layout.times.template) <= MOST_FORM_CHARS
            and max(layout.price_tens, layout.amount_tens) <= _MOST_SCALE
            and len(comment_starts(layout)) <= MOST_COMMENTS
            and all(
                len(text) <= MOST_KEPT_CHARS
                for kept in layout.rows.kept.values()
                for text in kept.texts
            )
        )

    def read(self, text: memoryview, line_count: int, base: int) -> PlainText | None:
        """Read a text of this many line feeds, with one at its end; None if too much of it is odd.

        `base` is the position of its first byte.
        """
        found = self._found(text, line_count)
        return self._plain(found, line_count, base)

    def gather(self, stretches: Int64s, text: bytearray, parts: Int64s) -> PlainText | None:
        """Put the whole lines of stretches of files one behind the other in `text`, and read them.

        See the compiled code, which is called once: between two calls one thread waits for the
        other. The `starts` are positions. None if there is no line, or too much is odd.
        """
        line_room = 0
        if self._line_bytes:
            line_room = int(int(stretches[:, 2].sum()) / self._line_bytes * _ROOM) + _MORE_LINES
        found = self._found(text, line_room, stretches, parts)
        size, line_count = parts[:, :2].sum(axis=0).tolist()
        if line_count:
            self._line_bytes = size / line_count
        if line_count > line_room:
            found = self._found(text, line_count, stretches, parts)
        return self._plain(found, line_count, None) if line_count else None

    def _found(self, text: memoryview | bytearray, line_room: int, *gathered: Int64s) -> _Found:
        cells = np.empty((len(_CELLS), line_room), np.int64)
        codes = np.empty(line_room, np.int32)
        odd_lines = np.empty((_most_odd(line_room), _ODD_CELLS), np.int64)
        counts = read_compiled(
            text,
            self._kinds,
            self._form,
            self._missing,
            self._kept,
            cells,
            codes,
            odd_lines,
            self._known_names,
            *gathered,
        )
        return _Found(cells, codes, odd_lines, *counts)

    def _plain(self, found: _Found, line_count: int, base: int | None) -> PlainText | None:
        cells, codes, odd_lines, row_count, odd_count, left_out, names = found
        if odd_count > _most_odd(line_count):
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
        self._known_count = len(names)
        if self._has_other_tickers:
            renamed = self._tickers_of(names)
            codes, names = renamed.codes.take(codes), renamed.tickers
        block = Block(
            arrival_ns=arrival_ns,
            position=starts if base is None else base + starts,
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
        if self._are_bare:
            block = block.bare()
        know_bounds(block)
        return PlainText(block, starts, numbers, odd_lines[:odd_count], left_out)

    @property
    def _has_other_tickers(self) -> bool:
        """True if a ticker is not what stands in its column."""
        return self._layout.has_upper_tickers or not self._layout.has_tickers

    def can_be_shared(self, layout: Layout) -> bool:
        """Return whether another file may have it too: see MOST_SHARED_NAMES."""
        return self._known_count <= MOST_SHARED_NAMES and self._layout == layout

    def _tickers_of(self, names: tuple[str, ...]) -> _Renamed:
        """Return the tickers of these names; mostly they are the same as in the text before."""
        last = self._last_renamed
        if last is None or last.names is not names:
            last = _Renamed(names, *self._renamed.numbered([*map(self._ticker, names)]))
            self._last_renamed = last
        return last

    def _ticker(self, name: str) -> str:
        if not self._layout.has_tickers:
            return self._layout.ticker
        return name.upper() if self._layout.has_upper_tickers else name


class SharedRows:
    """What the files of a reading share, so that their names are numbered once."""

    def __init__(self, *, are_bare: bool = False) -> None:
        self.are_bare = are_bare
        """Whether nothing needs amounts and index: who can do without reads none."""
        self._last: PlainRows | None = None
        self.names = TickerCodes()
        """Those of files whose names stand in dictionaries."""

    def of(self, layout: Layout) -> PlainRows | None:
        """Return what reads a file that is opened now: it mostly has the layout of the last.

        None where its lines cannot be read so.
        """
        rows = self._last
        if rows is not None and rows.can_be_shared(layout):
            return rows
        if not PlainRows.can_read(layout):
            return None
        self._last = PlainRows(layout, are_bare=self.are_bare)
        return self._last


def _most_odd(line_count: int) -> int:
    return ALWAYS_ODD + line_count // ODD_SHARE


def know_bounds(block: Block) -> None:
    """Look at the times of a block at once, if it has any."""
    if len(block):
        (bounds,) = bounds_of_parts(block, np.array([0, len(block)], np.int64))
        block.know_bounds(bounds)


def bounds_of_parts(block: Block, firsts: Int64s) -> list[TimeBounds]:
    """Return the bounds of the parts of a block, each from one of `firsts` to before the next."""
    found = time_bounds(block.arrival_ns, block.timestamp_ns, firsts)
    return [TimeBounds(*each) for each in found]
