"""The numbers of a narrow column, in numpy: the definition of protocol/compiled/columns.c."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from protocol.messages import Buffer
from protocol.narrow_head import HEAD, ITEM_BYTES, MAX_SCALE, MAX_UNIT, NO_SCALE, Head

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_NAN_BITS: Final = np.array(np.nan).view(np.uint64)
"""Of the only NaN that an offset stands for: one of other bits is a number that is no decimal."""
_FURTHEST: Final = 2.0**51
"""Integers nearer to zero than this are exact, and their nearest is found without a doubt."""


def narrowed_numbers(wide: Buffer, *, is_float: bool) -> bytes | None:
    """Return the narrow column of these int64 or float64, None if there is none that is shorter.

    Its scale is the least of which all are decimals, its unit the greatest that divides all.
    """
    bits = np.frombuffer(wide, "<u8")
    if not len(bits):
        return None
    if not is_float or (bits == bits[0]).all():
        return _column(bits.view(np.int64), np.zeros(len(bits), np.bool_), NO_SCALE)
    is_nan = bits == _NAN_BITS
    numbers = bits.view(np.float64)[~is_nan]
    for scale in range(MAX_SCALE + 1):
        integers = np.zeros(len(bits), np.int64)
        if (found := _decimals(numbers, scale)) is not None:
            integers[~is_nan] = found
            return _column(integers, is_nan, scale)
    return None


def _decimals(numbers: npt.NDArray[np.float64], scale: int) -> Int64s | None:
    """Return the integers n of which all numbers are n / 10**scale to the bit, None if one is not.

    A division is rounded correctly: whoever has n finds the number.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(numbers * 10.0**scale)
        if not (np.abs(scaled) < _FURTHEST).all():
            return None
    integers = scaled.astype(np.int64)
    again = integers / 10.0**scale
    return integers if (again.view(np.uint64) == numbers.view(np.uint64)).all() else None


def _column(integers: Int64s, is_nan: Bools, scale: int) -> bytes | None:
    steps = np.diff(integers)
    if not is_nan.any() and (not len(steps) or (steps == steps[0]).all()):
        step = int(steps[0]) if len(steps) else 0
        return _shorter(Head(scale, 0, 0, 0, int(integers[0]), step), b"", len(integers))
    present = integers[~is_nan]
    offsets = present.view(np.uint64) - present.min().view(np.uint64)
    unit = next(unit for unit in range(MAX_UNIT, -1, -1) if not (offsets % _power(unit)).any())
    offsets //= _power(unit)
    has_nan = bool(is_nan.any())
    width = (int(offsets.max()).bit_length() + 7) // 8
    if has_nan:  # the last offset of so many bytes is that of a NaN
        width = ((int(offsets.max()) + 1).bit_length() + 7) // 8
    items = np.full(len(integers), np.uint64(2**64 - 1), "<u8")
    items[~is_nan] = offsets
    kept = items.view(np.uint8).reshape(-1, ITEM_BYTES)[:, :width]
    head = Head(scale, width, unit, has_nan, int(present.min()), 0)
    return _shorter(head, kept.tobytes(), len(integers))


def _shorter(head: Head, offsets: bytes, count: int) -> bytes | None:
    column = HEAD.pack(*head) + offsets
    return column if len(column) < ITEM_BYTES * count else None


def widened_numbers(narrow: Buffer, count: int) -> bytes:
    """Return the `count` numbers of a narrow column whose head fits."""
    head = Head(*HEAD.unpack_from(narrow))
    offsets = np.zeros((count, ITEM_BYTES), np.uint8)
    offsets[:, : head.width] = np.frombuffer(narrow, np.uint8, offset=HEAD.size).reshape(
        count, head.width
    )
    items = offsets.view("<u8").ravel()
    integers = _wrapped(head.base) + items * _power(head.unit)
    if not head.width:
        integers += np.arange(count, dtype=np.uint64) * _wrapped(head.step)
    if head.scale == NO_SCALE:
        return bytes(integers.astype("<u8"))
    numbers = integers.view(np.int64) / 10.0**head.scale
    if head.has_nan:
        numbers[items == 256**head.width - 1] = np.nan
    return bytes(numbers.astype("<f8"))


def _power(unit: int) -> Any:
    return np.uint64(10**unit)


def _wrapped(integer: int) -> Any:
    return np.uint64(integer % 2**64)
