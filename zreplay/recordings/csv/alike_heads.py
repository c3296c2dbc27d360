"""The head of a file that begins as another did: of thousands of files nearly all do.

Their first line names our own columns, and their first row is a usual one: what stands where
follows from these two.
"""

import re
from typing import Final, NamedTuple

from zreplay.recordings.csv.csv_header import layouts_of_line, says_all
from zreplay.recordings.csv.known_heads import KnownFile
from zreplay.recordings.csv.usual_row import MOST_BYTES, usual_rows
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.name_pattern import telling_path

_TELLING_BYTES: Final = 32
"""A first line of so many says which kind of recording a file is, whatever follows."""


class _Model(NamedTuple):
    columns: FormatOptions
    folder: str
    line: bytes
    rows: re.Pattern[bytes]
    known: KnownFile


class AlikeHeads:
    """Remembers the last head that others may have too."""

    def __init__(self) -> None:
        self._model: _Model | None = None

    def find(self, name: str, columns: FormatOptions, beginning: bytes) -> KnownFile | None:
        """Return the head of a file by its first bytes, None where it has to be looked for."""
        model = self._model
        if model is None or columns is not model.columns or not beginning.startswith(model.line):
            return None
        start = len(model.line)
        end = beginning.find(b"\n", start, start + MOST_BYTES)
        if end < 0 or model.rows.fullmatch(beginning, start, end) is None:
            return None
        is_near = name.rpartition("/")[0] == model.folder
        return model.known if is_near or not telling_path(columns.path, name) else None

    def note(self, name: str, columns: FormatOptions, beginning: bytes, known: KnownFile) -> None:
        """Take note of a plain file that was looked at, if its head may be that of others."""
        head = known.head
        line, rows = beginning[: head.first], usual_rows(head.layout)
        if rows is None or len(line) < _TELLING_BYTES or not says_all(line, name, columns):
            return
        if head.layout is layouts_of_line(line, name, columns)[0]:
            self._model = _Model(columns, name.rpartition("/")[0], line, rows, known)
