"""A block: quotes as columns, n rows each, numpy, native byte order.

What a source yields, what the order stage puts in arrival order, and what a batch is cut from.
There is never an object per quote.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final, Self, overload

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import force_setattr

from zreplay.quotes.file_numbers import FILE_NUMBER_BITS

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Float64s = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Column = npt.NDArray[Any]
Rows = npt.NDArray[np.intp] | slice

_FILE_SHIFT: Final = 63 - FILE_NUMBER_BITS
"""A position is file number << 48 | byte offset: one signed integer orders rows of all files."""
_OFFSET_MASK: Final = (1 << _FILE_SHIFT) - 1

_MOST_ROWS: Final = 2**31
_NO_INDEX: Final[Int64s] = np.broadcast_to(np.int64(-1), _MOST_ROWS)
_NO_AMOUNT: Final[Float64s] = np.broadcast_to(np.float64("nan"), _MOST_ROWS)
"""Columns of one value that is held once: a part of them costs nothing."""

LAST_POSITION: Final = 2**63 - 1
"""Behind every row that arrives at an instant."""


def first_position(file_number: int) -> int:
    """Return the position of a file's first byte; a byte's position is that plus its offset."""
    return file_number << _FILE_SHIFT


@overload
def file_of(position: int) -> int: ...
@overload
def file_of(position: Int64s) -> Int64s: ...
def file_of(position: int | Int64s) -> int | Int64s:
    """Return the number of the file that a row is in, or that of each row."""
    return position >> _FILE_SHIFT


@overload
def offset_of(position: int) -> int: ...
@overload
def offset_of(position: Int64s) -> Int64s: ...
def offset_of(position: int | Int64s) -> int | Int64s:
    """Return at which byte of its file a row stands, or at which each row does."""
    return position & _OFFSET_MASK


class TimeBounds(msgspec.Struct, frozen=True, gc=False):
    """What the times of one row or more have in common, in ns.

    `are_in_order` says that no row arrives before a timestamp of it or of a row above it.
    `newest_row` is the first of the greatest timestamp, `last_row` the last of the greatest
    arrival.
    """

    least_arrival_ns: int
    greatest_arrival_ns: int
    least_timestamp_ns: int
    greatest_timestamp_ns: int
    are_in_order: bool
    newest_row: int
    last_row: int


class Block(msgspec.Struct, frozen=True):
    """Quotes as columns of n rows.

    (`arrival_ns`, `position`) is the total replay order. `latency_ms` is NaN in live mode,
    an empty amount is NaN, a missing index is -1. The ticker of row i is
    `ticker_names[ticker_codes[i]]`; every code is in range, a name may be unused.

    A bare block has neither amounts nor an index of any row, and no memory of them: these columns
    hold their one value once, and are read-only.
    """

    arrival_ns: Int64s
    position: Int64s
    index: Int64s
    timestamp_ns: Int64s
    latency_ms: Float64s
    ask_amount: Float64s
    ask_price: Float64s
    bid_price: Float64s
    bid_amount: Float64s
    ticker_codes: Int32s
    ticker_names: tuple[str, ...]
    _bounds: TimeBounds | None = None

    def __post_init__(self) -> None:
        if self._bounds is not None:  # those of the columns that a `replace` has replaced
            force_setattr(self, "_bounds", None)

    @classmethod
    def of(cls, columns: Iterable[Column], ticker_names: tuple[str, ...]) -> Self:
        """Return the block of these columns, in the order of COLUMN_NAMES."""
        values: list[Any] = [*columns, ticker_names]
        return cls(*values)

    def __len__(self) -> int:
        return len(self.arrival_ns)

    @property
    def bounds(self) -> TimeBounds:
        """What the times have in common, of one row at least; they are looked at once."""
        if self._bounds is None:
            force_setattr(self, "_bounds", _bounds_of(self.timestamp_ns, self.arrival_ns))
        assert self._bounds is not None
        return self._bounds

    def know_bounds(self, bounds: TimeBounds) -> None:
        """Have what the times have in common, so that they need not be looked at."""
        force_setattr(self, "_bounds", bounds)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column, in the order of COLUMN_NAMES."""
        columns: tuple[Column, ...] = _columns_of(self)
        return columns

    @property
    def wide_columns(self) -> tuple[Column, ...]:
        """The columns of 8-byte items that are sent, in the order in which they are."""
        columns: tuple[Column, ...] = _wide_columns_of(self)
        return columns

    @property
    def is_bare(self) -> bool:
        """Whether the columns that a mid price does without are left out."""
        return all([is_held_once(column) for column in _left_out_of(self)])

    def bare(self) -> Self:
        """Return the same rows without amounts and index."""
        if self.is_bare:
            return self
        block = self.of_bare(_kept_columns_of(self), self.ticker_names)
        if self._bounds is not None:
            block.know_bounds(self._bounds)
        return block

    @classmethod
    def of_bare(cls, columns: Iterable[Column], ticker_names: tuple[str, ...]) -> Self:
        """Return the bare block of these columns, in the order of `kept_columns`."""
        arrival_ns, position, timestamp_ns, latency_ms, ask_price, bid_price, codes = columns
        count = len(arrival_ns)
        values: list[Any] = [
            *(arrival_ns, position, _NO_INDEX[:count], timestamp_ns, latency_ms),
            *(_NO_AMOUNT[:count], ask_price, bid_price, _NO_AMOUNT[:count], codes, ticker_names),
        ]
        return cls(*values)

    @property
    def kept_columns(self) -> tuple[Column, ...]:
        """Every column that a bare block has memory of, in the order of COLUMN_NAMES."""
        columns: tuple[Column, ...] = _kept_columns_of(self)
        return columns

    def renamed(self, codes: Int32s, names: tuple[str, ...]) -> Self:
        """Return the same rows with these ticker codes and names."""
        block = self.of((*self.columns[:-1], codes), names)
        if self._bounds is not None:
            block.know_bounds(self._bounds)
        return block

    def take(self, rows: Rows) -> Self:
        """Return these rows: a slice is a view, an index array a copy."""
        if isinstance(rows, slice):
            return self.of([column[rows] for column in self.columns], self.ticker_names)
        # `take` is faster than the brackets
        if self.is_bare:
            taken = [column.take(rows) for column in self.kept_columns]
            return self.of_bare(taken, self.ticker_names)
        return self.of([column.take(rows) for column in self.columns], self.ticker_names)


def is_held_once(column: Column) -> bool:
    """Return whether a column has one value for all its rows, and no memory of each."""
    return column.strides[0] == 0


def _bounds_of(timestamp_ns: Int64s, arrival_ns: Int64s) -> TimeBounds:
    are_in_order = bool((arrival_ns >= timestamp_ns).all()) and (
        _are_sorted(timestamp_ns) or _are_sorted(arrival_ns)
    )
    return TimeBounds(
        int(arrival_ns.min()),
        int(arrival_ns.max()),
        int(timestamp_ns.min()),
        int(timestamp_ns.max()),
        are_in_order,
        int(timestamp_ns.argmax()),
        len(arrival_ns) - 1 - int(arrival_ns[::-1].argmax()),
    )


def _are_sorted(times_ns: Int64s) -> bool:
    return bool((times_ns[1:] >= times_ns[:-1]).all())


_NO_COLUMNS: Final = {"ticker_names", "_bounds"}
COLUMN_NAMES = tuple(name for name in Block.__struct_fields__ if name not in _NO_COLUMNS)
_LEFT_OUT: Final = ("index", "ask_amount", "bid_amount")
_columns_of = attrgetter(*COLUMN_NAMES)
_left_out_of = attrgetter(*_LEFT_OUT)
_kept_columns_of = attrgetter(*(name for name in COLUMN_NAMES if name not in _LEFT_OUT))
_wide_columns_of = attrgetter(*COLUMN_NAMES[2:-1])

_INT64S, _FLOAT64S = np.array([], np.int64), np.array([], np.float64)
EMPTY = Block(
    *(_INT64S,) * 4, *(_FLOAT64S,) * 5, ticker_codes=np.array([], np.int32), ticker_names=()
)
"""A block of no rows."""
