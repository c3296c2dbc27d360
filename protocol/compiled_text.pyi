"""A narrow text -> its lines: protocol/narrow_text.py, in C."""

from collections.abc import Buffer

def widened(narrow: Buffer, /) -> bytes:
    """Return the lines of a narrow text.

    Raises:
        ValueError: it is none.
    """
