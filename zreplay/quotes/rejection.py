"""A row that cannot be a quote: where it stands, what was found, why it was refused.

A rejection is a value, not an error: the rest of the recording goes on without the row.
"""

from typing import Final, NamedTuple

from protocol.json_text import json_bytes

VALUE_LIMIT = 200
"""Characters of the offending value that are kept: a broken row can be megabytes long."""

CAPTURE_NAME: Final = "capture"
"""What rejections of live messages have for a file name."""

LATE_CODE: Final = "Z108"
STRAY_CODE: Final = "Z110"
_CODES: Final = {
    "missing": "Z101",
    "not a number": "Z102",
    "not an integer": "Z102",
    "not a time": "Z103",
    "no such": "Z103",
    "negative": "Z104",
    "not finite": "Z105",
    "larger than": "Z105",
    "longer than": "Z105",
    "outside of": "Z105",
    "fields, the header": "Z106",
    "a quoted field": "Z106",
    "a carriage return": "Z106",
    "not UTF-8": "Z107",
    "not JSON": "Z107",
    "not a JSON": "Z107",
    "late:": LATE_CODE,
    "stray:": STRAY_CODE,
}
"""What a reason says somewhere -> its code in protocol/error_codes.py; the first one counts."""
_OTHER: Final = "Z109"


class Rejection(NamedTuple):
    """One refused row.

    `line` counts from 1 and is None where it is not known (after a resume of a capture);
    `offset` is the byte where the row begins; `column` is the header's own spelling, or
    empty when the row as a whole is wrong.
    """

    file: str
    line: int | None
    offset: int
    column: str
    value: str
    reason: str

    @property
    def code(self) -> str:
        """The code of the reason, one of protocol.error_codes.ROW_CODES."""
        return next((code for words, code in _CODES.items() if words in self.reason), _OTHER)

    def as_line(self) -> bytes:
        """Return one JSON object and a newline, the value cut to VALUE_LIMIT characters."""
        cut = self._replace(value=self.value[:VALUE_LIMIT])
        return json_bytes({"code": self.code, **cut._asdict()}) + b"\n"
