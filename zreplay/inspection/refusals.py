"""Rejected rows -> reasons: how many rows each has, and where its first one is."""

import re
from typing import Final

from zreplay.inspection.report import Refusal
from zreplay.quotes.rejection import Reason, Rejection, RowCode

MAX_REASONS: Final = 100
OTHER_REASON: Final = Reason("other reasons", RowCode.OTHER)
_DIGITS: Final = re.compile(r"\d+")


class Refusals:
    """Groups rejections by column and reason; numbers within a reason make no difference."""

    def __init__(self) -> None:
        self.rows = 0
        self._first: dict[tuple[str, str], Rejection] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, rejection: Rejection) -> None:
        self.rows += 1
        key = (rejection.column, _DIGITS.sub("0", rejection.reason))
        if key not in self._counts and len(self._counts) >= MAX_REASONS:
            rejection = rejection._replace(
                column="", reason=OTHER_REASON.text, code=OTHER_REASON.code
            )
            key = (rejection.column, rejection.reason)
        self._first.setdefault(key, rejection)
        self._counts[key] = self._counts.get(key, 0) + 1

    def report(self) -> list[Refusal]:
        """Return the reasons, those with the most rows first."""
        ranked = sorted(self._first, key=lambda key: -self._counts[key])
        return [_refusal(self._first[key], self._counts[key]) for key in ranked]


def _refusal(first: Rejection, rows: int) -> Refusal:
    return Refusal(
        code=first.code,
        column=first.column,
        reason=first.reason,
        rows=rows,
        file=first.file,
        line=first.line,
        offset=first.offset,
        value=first.value,
    )
