"""The first lines of a CSV -> what they say, as soon as enough of them have come."""

import codecs
from collections.abc import Callable, Sequence
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.csv.first_row import decided
from zreplay.recordings.csv.known_heads import Head
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout

USUAL_HEADER_BYTES: Final = 4 * 1024
"""In so many a header ends; the rest of what a header may be is read for those that do not."""


class FirstLines:
    """Those of one file; `columns` is what was said of its format."""

    def __init__(self, name: str, columns: FormatOptions) -> None:
        self._name = name
        self._columns = columns
        self._layouts: Sequence[Layout] | None = None

    def head(self, read: Callable[[int], tuple[bytes, bool]], *, is_all_there: bool) -> Head | None:
        """Return what the first lines say, None if they have not come yet.

        `read` takes how many bytes to read from the beginning, and says whether they are all.
        `is_all_there` is True of a file that does not grow: one that gives less is damaged there.

        Raises:
            InputError: the file cannot be read, is empty, or its header lacks a column.
            SettingsError: a column was renamed that is not used.
        """
        most_bytes = USUAL_HEADER_BYTES
        while True:
            data, is_last = read(most_bytes)
            # Blank lines mean nothing here either.
            begin = len(data) - len(data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"))
            end = data.find(b"\n", begin) + 1
            if not end and not is_last and most_bytes <= MAX_LINE_BYTES:
                if len(data) < most_bytes:
                    return None
                most_bytes *= 2
                continue
            if begin == len(data):
                raise InputError(
                    f"{self._name}: the file is empty",
                    fix="give a CSV whose first line names the columns",
                    code="Z402",
                )
            end = end or len(data)
            if self._layouts is None:
                self._layouts = layouts_of_line(data[begin:end], self._name, self._columns)
            first = end if self._layouts[0].has_header else begin
            is_all = is_last or (len(data) < most_bytes and is_all_there)
            layout = decided(self._layouts, data[first:], is_last=is_all)
            if layout is not None:
                return Head(first, data.count(b"\n", 0, first), layout)
            if len(data) < most_bytes:
                return None
            most_bytes *= 2
