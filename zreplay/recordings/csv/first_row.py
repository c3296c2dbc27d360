"""The first rows of a file -> which of the layouts it has that its header allows.

The first row that can be read decides: formats with the same columns differ in how the values
are written, and the unit of a number since 1970 is told by its magnitude.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.csv.usual_row import is_usual_row
from zreplay.recordings.formats.layout import Layout

MOST_BYTES: Final = 1024 * 1024
MOST_LINES: Final = 4_000
"""A file that has no row in so much of its beginning, in bytes or lines, has the likeliest layout.
"""


def decided(layouts: Sequence[Layout], rows: bytes, *, is_last: bool) -> Layout | None:
    """Return the layout of a file whose rows begin so, None if more of them have to be seen.

    The first of the layouts is the likeliest. Of the rows the last may be cut off, unless
    `is_last`.
    """
    # Nearly always the first line decides, and thousands of files are looked at.
    end = rows.find(b"\n", 0, MOST_BYTES)
    each = (variant for layout in layouts for variant in layout.variants())
    if end >= 0 and (variant := _variant_of(rows[:end], each)) is not None:
        return variant
    variants = [variant for layout in layouts for variant in layout.variants()]
    if len(variants) == 1:
        return variants[0]
    lines = rows[:MOST_BYTES].split(b"\n", MOST_LINES)
    if not is_last or len(rows) > MOST_BYTES or len(lines) > MOST_LINES:
        lines.pop()
    for line in lines:
        if (variant := _variant_of(line, variants)) is not None:
            return variant
    is_enough = len(rows) >= MOST_BYTES or len(lines) >= MOST_LINES
    return variants[0] if is_last or is_enough else None


def _variant_of(line: bytes, variants: Iterable[Layout]) -> Layout | None:
    """Return the first layout by which a line is a row."""
    return next((each for each in variants if _is_row(line, each)), None)


def _is_row(line: bytes, layout: Layout) -> bool:
    return is_usual_row(line, layout) or isinstance(read_line(line, layout), Row)
