"""Lines of a CSV recording -> columns, for the lines that are plain; written in C."""

from collections.abc import Buffer
from typing import NewType

KnownNames = NewType("KnownNames", object)
"""The ticker names of a recording, each with its code; threads may share them."""

def count_feeds(text: Buffer, /) -> int:
    """Return how many line feeds a text has; other threads run meanwhile."""

def use_narrow(is_narrow: bool, /) -> bool:
    """Do without the long vectors that some processors have, or use them again: for tests.

    Returns whether they are used; what is read is the same.
    """

def time_bounds(
    arrival_ns: Buffer, timestamp_ns: Buffer, firsts: Buffer, /
) -> list[tuple[int, int, int, int, bool, int, int]]:
    """Return the `TimeBounds` of parts of some rows; zreplay/quotes/block.py defines them.

    A part is from one of the `firsts` (int64) to before the next, the last of which is an end.

    Raises:
        ValueError: a part has no row, or there are not as many int64 of both.
    """

def new_names(most: int, /) -> KnownNames:
    """Return a place for the names of a recording, which begins anew beyond so many."""

def read(
    text: Buffer,
    kinds: Buffer,
    form: Buffer,
    missing: Buffer,
    kept: Buffer,
    cells: Buffer,
    codes: Buffer,
    odd_lines: Buffer,
    known_names: KnownNames,
    stretches: Buffer = ...,
    parts: Buffer = ...,
) -> tuple[int, int, int, tuple[str, ...]]:
    """Read a text that ends with a line feed; other threads run meanwhile.

    `kinds` has a byte for each field of a line: the row of `cells` that its values go to, 0 for
    none, the number of rows for the ticker, whose code goes to `codes` (int32), and what follows
    for a second time and for an exchange that is added to the ticker. `form` says how values are
    written, `missing` (float64) which prices are none, `kept` which rows count. `cells` has ten
    rows of as many eight-byte cells as `codes` has: `plain_rows` names them all. `odd_lines` has
    room for the start, the end (int64 bytes) and the number of lines that are not plain.

    With `stretches` the text is gathered first: stretches of files are read, and their whole lines
    put one behind the other. They are rows of four int64: a descriptor, an offset, how many bytes,
    and the position of the first of them. For each of them `parts` has ten int64, which are set:
    how many bytes its whole lines have, and how many lines they are, none of one that cannot be
    read, ends before or has no line feed; the first of its rows, and the `TimeBounds` of those, if
    there is one. A row begins at its position then, and its line is numbered within its stretch.
    If there are more lines in all than there is room for, none of them is read.

    Returns how many rows were read, how many lines are odd, how many are of rows that do not
    count, and all known names by their codes:
    the same tuple as before if none is new, else one that begins with it, unless they were too
    many. More odd lines than there is room for end the reading.

    Raises:
        ValueError: the text does not end with a line feed or has too many lines, there is no room
            for the stretches, a time or a price has no field, a column has two, or the buffers do
            not fit each other.
    """
