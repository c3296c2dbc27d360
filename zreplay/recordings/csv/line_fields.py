"""One line of a recording -> the texts of its fields, or nothing if it is left out.

line     everything before a line feed, at most MAX_LINE_BYTES; carriage returns at its end
         do not count
fields   lie between delimiters, as many as the header has. A quote that begins a field keeps
         delimiters in it up to the quote that ends it, on the same line; `""` in there is a
         quote. Any other quote is a character
left out a comment, and a row that does not count, as the layout's rule of rows has it. Of a
         comment nothing else is looked at, of such a row only how many fields it has
ignored  a column that is not used is only split off: any byte may stand in it, also NUL, a
         carriage return and what is not UTF-8
used     the bytes of a field, without its quotes, are UTF-8 without a carriage return; a NUL is
         a character
"""

import csv
from typing import Final, NamedTuple

from zreplay.quotes.rejection import VALUE_LIMIT, Reason, RowCode
from zreplay.recordings.formats.layout import Layout

MAX_LINE_BYTES: Final = 64 * 1024

_OPEN_QUOTE: Final = Reason("a quoted field is not closed on its line", RowCode.FIELDS)
_CARRIAGE_RETURN: Final = Reason("a carriage return inside", RowCode.FIELDS)
_LONG_LINE: Final = Reason(f"line longer than {MAX_LINE_BYTES} bytes", RowCode.TOO_LARGE)
_HELD_RETURN: Final = "\u0100"
"""Stands for a carriage return where fields are split: no byte is this character."""


class Fault(NamedTuple):
    """Why a line is not a row; `column` is empty when the line as a whole is wrong."""

    column: str
    value: str
    reason: str
    code: RowCode


class Refused(Exception):
    """A line is none that can be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def field_texts(line: bytes, layout: Layout) -> list[str] | None:
    """Return the fields of a line, those of the used columns decoded; None if it is left out.

    Raises:
        Refused: it has not the fields, or one of them is no text.
    """
    if len(line) > MAX_LINE_BYTES:
        raise Refused(too_long(line))
    if layout.rows.is_comment(line):
        return None
    fields = _split(line, layout)
    if layout.rows.kept and not _counts(fields, layout):
        return None
    return _used_texts(fields, layout)


def _split(line: bytes, layout: Layout) -> list[str]:
    """Return the fields, each byte as the character of its number but for `_HELD_RETURN`."""
    line = line.rstrip(b"\r")
    # To csv a carriage return would end the row.
    text = line.decode("latin-1").replace("\r", _HELD_RETURN)
    # The line feed shows whether a quoted field is still open where the line ends.
    fields = next(csv.reader([text + "\n"], delimiter=layout.delimiter))
    field_count = len(layout.header)
    if fields and fields[-1].endswith("\n"):
        raise Refused(Fault("", shown(line), *_OPEN_QUOTE))
    if len(fields) != field_count:
        reason = f"{len(fields)} fields, the header has {field_count}"
        raise Refused(Fault("", shown(line), reason, RowCode.FIELDS))
    return fields


def _counts(fields: list[str], layout: Layout) -> bool:
    found = layout.rows.verdict(fields)
    if isinstance(found, bool):
        return found
    place, reason = found
    raw = fields[place].replace(_HELD_RETURN, "\r").encode("latin-1")
    raise Refused(Fault(layout.header[place], shown(raw), *reason))


def _used_texts(fields: list[str], layout: Layout) -> list[str]:
    """Return the fields, those of the used columns decoded as UTF-8."""
    for name, place in layout.places.items():
        field = fields[place]
        if field.isascii():
            continue
        raw = field.replace(_HELD_RETURN, "\r").encode("latin-1")
        reason = _CARRIAGE_RETURN if b"\r" in raw else None
        try:
            fields[place] = raw.decode()
        except UnicodeDecodeError as error:
            reason = not_utf_8(error)
        if reason is not None:
            raise Refused(Fault(layout.spelled(name), shown(raw), *reason))
    return fields


def shown(raw: bytes) -> str:
    """Return a value as a rejection shows it, whatever its bytes are."""
    return raw[:VALUE_LIMIT].decode("utf-8", "replace")


def too_long(beginning: bytes) -> Fault:
    """Return the fault of a line of which only the start needs to be known."""
    return Fault("", shown(beginning), *_LONG_LINE)


def not_utf_8(error: UnicodeDecodeError) -> Reason:
    """Return the fault of a field whose bytes cannot be decoded."""
    return Reason(f"not UTF-8 at byte {error.start} of the field", RowCode.NOT_TEXT)
