"""A row that is not a quote: where it is, what was found, why it was refused.

A rejection is a value, not an error: the replay continues without the row.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from protocol.json_text import json_bytes
from protocol.limits import MAX_TICKER_CHARS

VALUE_LIMIT = 200
"""Characters of the offending value that are kept: a broken row can be megabytes long."""

CAPTURE_NAME: Final = "capture"
"""The file name in rejections of live messages."""


class RowCode(StrEnum):
    """The codes of protocol.error_codes.ROW_CODES, which explains each."""

    MISSING = "Z101"
    NOT_A_NUMBER = "Z102"
    NOT_A_TIME = "Z103"
    NEGATIVE = "Z104"
    TOO_LARGE = "Z105"
    FIELDS = "Z106"
    NOT_TEXT = "Z107"
    LATE = "Z108"
    OTHER = "Z109"
    STRAY = "Z110"


class Reason(NamedTuple):
    """Why a row was refused, in words and as a code."""

    text: str
    code: RowCode


MISSING: Final = Reason("missing", RowCode.MISSING)
NOT_A_NUMBER: Final = Reason("not a number", RowCode.NOT_A_NUMBER)
NOT_AN_INTEGER: Final = Reason("not an integer", RowCode.NOT_A_NUMBER)
NOT_FINITE: Final = Reason("not finite", RowCode.TOO_LARGE)
NEGATIVE: Final = Reason("negative", RowCode.NEGATIVE)
LONG_TICKER: Final = Reason(f"longer than {MAX_TICKER_CHARS} characters", RowCode.TOO_LARGE)
OUTSIDE: Final = Reason("outside of 64 bits of nanoseconds", RowCode.TOO_LARGE)
NEVER_ARRIVES: Final = Reason(f"arrives {OUTSIDE.text}", RowCode.TOO_LARGE)
"""Reasons used in more than one file; any other is defined where it is found."""


class Rejection(NamedTuple):
    """One refused row.

    `line` counts from 1 and is None where there is none, or it is not known; `offset` is the
    byte where the row begins, of Parquet and Arrow its number from 0; `column` is the header's
    own spelling, or empty when the row as a whole is wrong.
    """

    file: str
    line: int | None
    offset: int
    column: str
    value: str
    reason: str
    code: RowCode

    def as_line(self) -> bytes:
        """Return one JSON object and a newline, the value cut to VALUE_LIMIT characters."""
        fields = self._replace(value=self.value[:VALUE_LIMIT])._asdict()
        return json_bytes({"code": fields.pop("code"), **fields}) + b"\n"

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return place_text(self.line, self.offset)


def place_text(line: int | None, offset: int) -> str:
    """Return where a row is: its line, else its offset, as rejected.log has it."""
    return f"offset {offset}" if line is None else f"line {line}"
