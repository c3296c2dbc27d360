"""The beginning of a file -> whether it is read on. Pure: parsed rows in, parsed rows out.

A file of which the first N rows are all rejected is not what it was taken for: it would only fill
rejected.log. Until its first row is accepted nothing of it is given, so that no checkpoint lies
in between: wherever its blocks are cut, and behind a resume, the same file ends the same way.
"""

from typing import Final

import numpy as np

from protocol.errors import InputError
from zreplay.quotes.block import EMPTY, offset_of
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import SourceBlock

NO_LIMIT: Final = 0

_NONE: Final = np.array([], np.int64)
_NOTHING: Final = Parsed(SourceBlock(EMPTY, BEGINNING, BEGINNING, _NONE, _NONE), [])
"""Whoever goes on from here reads the file from its beginning."""


class HopelessStart:
    """Looks at one file from its beginning; `most_rejected` NO_LIMIT lets everything pass."""

    def __init__(self, file: str, most_rejected: int) -> None:
        self._file = file
        self._most_rejected = most_rejected
        self._held: Parsed | None = None
        self._is_over = most_rejected == NO_LIMIT

    def add(self, parsed: Parsed) -> Parsed:
        """Return what can be given of the file after its next rows; there may be no row in it."""
        if self._is_over:
            return parsed
        whole = parsed if self._held is None else _joined(self._held, parsed)
        if len(whole.source.block):
            self._is_over = not self._count_before_first(whole) >= self._most_rejected
            if self._is_over:
                self._held = None
                return whole
        self._held = whole
        return _NOTHING

    def passes_rows(self) -> bool:
        """Return whether rows of which none is rejected are given: the file is what it seems."""
        return self._held is None

    def pass_rows(self) -> None:
        """Take note that such rows were given."""
        self._is_over = True

    def end(self) -> Parsed | None:
        """Return what was held back, as the file has ended; None if nothing was."""
        held, self._held = self._held, None
        return held

    @property
    def failure(self) -> InputError | None:
        """Why the file is not read on; None if it is."""
        if self._held is None or self._count_before_first(self._held) < self._most_rejected:
            return None
        first, unit = self._held.rejections[0], self._held.source.unit
        place = f"{unit} {first.offset}" if first.line is None else f"line {first.line}"
        column = f"{first.column} " if first.column else ""
        return InputError(
            f"{self._file}: its first {self._most_rejected:,} rows are all rejected; {place}: "
            f"{column}{first.value[:80]!r}: {first.reason}",
            fix="say what the file is: --format, --column (see zreplay inspect); "
            "--max-rejected 0 reads it all the same",
            code="Z411",
        )

    def rejected(self) -> Parsed:
        """Return the rows for which the file is not read on."""
        assert self._held is not None
        rejections = self._held.rejections[: self._most_rejected]
        return _NOTHING._replace(rejections=rejections)

    def _count_before_first(self, parsed: Parsed) -> int:
        position = parsed.source.block.position
        if not len(position):
            return len(parsed.rejections)
        first = offset_of(int(position[0]))
        return sum(rejection.offset < first for rejection in parsed.rejections)


def _joined(before: Parsed, after: Parsed) -> Parsed:
    """Return rejected rows and what follows them as one stretch."""
    lines: list[Rejection] = [*before.rejections, *after.rejections]
    source, first = after.source, before.source
    shift = 0
    if first.start.line is not None and source.start.line is not None:
        shift = source.start.line - first.start.line
    joined = source._replace(
        start=first.start,
        row_offsets=np.concatenate((first.row_offsets, source.row_offsets)),
        row_numbers=np.concatenate((first.row_numbers, source.row_numbers + shift)),
        notes=first.notes.plus(source.notes),
    )
    return Parsed(joined, lines)
