"""Lines of a CSV recording -> columns, for the lines that are plain; written in C."""

from collections.abc import Buffer

def count_feeds(text: Buffer, /) -> int:
    """Return how many line feeds a text has; other threads run meanwhile."""

def read(
    text: Buffer,
    kinds: Buffer,
    form: Buffer,
    missing: Buffer,
    cells: Buffer,
    codes: Buffer,
    odd_lines: Buffer,
) -> tuple[int, int, list[str]]:
    """Read a text that ends with a line feed; other threads run meanwhile.

    `kinds` has a byte for each field of a line: the row of `cells` that its values go to, 0 for
    none, the number of rows for the ticker, whose code goes to `codes` (int32), and what follows
    for a second time and for an exchange that is added to the ticker. `form` says how values are
    written, `missing` (float64) which prices are none. `cells` has ten rows of as many eight-byte
    cells as `codes` has: `plain_rows` names them all. `odd_lines` has room for the start, the end
    (int64 bytes) and the number of lines that are not plain.

    Returns how many rows were read, how many lines are odd, and the names by their codes. More
    odd lines than there is room for end the reading.

    Raises:
        ValueError: the text does not end with a line feed or has too many lines, a time or a price
            has no field, a column has two, or the buffers do not fit each other.
    """
