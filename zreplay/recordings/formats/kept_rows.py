"""Which rows of a format count, and which lines are no rows at all. Pure.

A format can hold rows that are not quotes (trades between them, states within an event), lines of
comment, and a last line that only says that it is the last. They are left out and counted: neither
quotes nor rejections.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from zreplay.quotes.rejection import NOT_AN_INTEGER, Reason

_UNSIGNED: Final = re.compile("[0-9]{1,18}")
MOST_BITS: Final = 1 << 59
"""The largest flag: a number of 18 digits holds it."""


class KeptRows(NamedTuple):
    """Rows count whose field in a column of theirs is one of `texts`, or has one of `bits`."""

    column: str
    texts: tuple[str, ...] = ()
    bits: int = 0

    def verdict(self, text: str) -> bool | Reason:
        """Return whether a row with this field counts, or why there is no telling."""
        if not self.bits:
            return text in self.texts
        return bool(int(text) & self.bits) if _UNSIGNED.fullmatch(text) else NOT_AN_INTEGER


class RowRule(msgspec.Struct, frozen=True):
    """What decides whether a line is a row that counts.

    `kept` holds for each place of a column which rows count, and all of them must hold. A line
    that begins with one of `comments` is no row.
    """

    kept: Mapping[int, KeptRows]
    comments: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kept or self.comments)

    def is_comment(self, line: bytes) -> bool:
        """Tell whether a line is no row, whatever else stands in it."""
        return any(line.startswith(comment.encode()) for comment in self.comments)

    def verdict(self, fields: Sequence[str]) -> bool | tuple[int, Reason]:
        """Return whether a row counts, or the place of a field for which there is no telling."""
        for place, kept in self.kept.items():
            found = kept.verdict(fields[place])
            if isinstance(found, Reason):
                return place, found
            if not found:
                return False
        return True


ALL_ROWS: Final = RowRule({})
