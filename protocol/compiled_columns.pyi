"""A column of 8-byte numbers -> fewer bytes, and back: protocol/narrow_numbers.py, in C."""

from collections.abc import Buffer

def narrowed(wide: Buffer, is_float: bool, /) -> bytes | None:
    """Return the narrow column of these int64 or float64, None if there is none that is shorter.

    Raises:
        ValueError: the column is not of 8 bytes a number.
    """

def widened(narrow: Buffer, count: int, /) -> bytes:
    """Return the `count` numbers of a narrow column.

    Raises:
        ValueError: it is no narrow column of so many.
    """
