"""Fixed-point numbers of NautilusTrader, as bytes in a column -> float64, rounded once.

Eight bytes are an integer times 1e-9, sixteen one times 1e-16, little-endian; the largest is
undefined, which is a null.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from zreplay.quotes.arrow_batch import ArrowColumn

_TENS: Final = {8: 9, 16: 16}
_UNDEFINED: Final = {8: (2**63 - 1, -1), 16: (2**127 - 1, -1)}
"""Of a price and, as it is unsigned, of an amount."""


def is_fixed_point(kind: pa.DataType) -> bool:
    """Tell whether a column of this type holds such numbers."""
    return pa.types.is_fixed_size_binary(kind) and kind.byte_width in _TENS


def as_floats(column: ArrowColumn) -> ArrowColumn:
    """Return a column of such numbers as float64, nulls as they are."""
    width = column.type.byte_width
    begin = column.offset * width
    buffers: list[Any] = column.buffers()
    raw = buffers[1][begin : begin + len(column) * width]
    # The same few prices come again and again.
    values, which = np.unique(np.frombuffer(raw, f"V{width}"), return_inverse=True)
    numbers = [int.from_bytes(value, "little", signed=True) for value in values.tolist()]
    # A quotient of integers is rounded once, however large they are.
    floats = [
        None if number in _UNDEFINED[width] else number / 10 ** _TENS[width] for number in numbers
    ]
    is_missing = np.array([each is None for each in floats], np.bool_)
    of_values = np.array([0.0 if each is None else each for each in floats], np.float64)
    nulls = is_missing[which] | ~column.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(of_values[which], mask=nulls)
