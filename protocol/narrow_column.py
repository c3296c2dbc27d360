"""A column of many numbers -> as few bytes as hold their bits, and back.

What the bytes are is said in protocol/narrow_head.py. The numpy code (protocol/narrow_numbers.py)
is the definition; the compiled code returns the same, in a tenth of the time.
"""

from protocol.compiled_parts import COLUMNS, are_in_use
from protocol.messages import Buffer
from protocol.narrow_head import ITEM_BYTES

if are_in_use(COLUMNS):
    from protocol.compiled_columns import narrowed as compiled_narrowed
    from protocol.compiled_columns import widened as compiled_widened


def narrowed(wide: Buffer, *, is_float: bool) -> Buffer:
    """Return the narrow column of these int64 or float64, the wide one if that is no longer."""
    if are_in_use(COLUMNS):
        return compiled_narrowed(wide, is_float) or wide
    from protocol.narrow_numbers import narrowed_numbers

    return narrowed_numbers(wide, is_float=is_float) or wide


def widened(column: Buffer, count: int) -> Buffer:
    """Return the numbers of a column that was checked, 8 bytes each."""
    if len(column) == ITEM_BYTES * count:
        return column
    if are_in_use(COLUMNS):
        return compiled_widened(column, count)
    from protocol.narrow_numbers import widened_numbers  # with numpy, which few need to start

    return widened_numbers(column, count)
