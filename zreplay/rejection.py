"""A row that cannot be a quote: where it stands, what was found, why it was refused.

A rejection is a value, not an error: the rest of the recording goes on without the row.
"""

from typing import NamedTuple

import msgspec

VALUE_LIMIT = 200
"""Characters of the offending value that are kept: a broken row can be megabytes long."""


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

    def as_line(self) -> bytes:
        """Return one JSON object and a newline, the value cut to VALUE_LIMIT characters."""
        cut = self._replace(value=self.value[:VALUE_LIMIT])
        # A file name that is no UTF-8 holds lone surrogates, which JSON cannot carry.
        texts = {
            name: text.encode("utf-8", "backslashreplace").decode()
            if isinstance(text, str)
            else text
            for name, text in cut._asdict().items()
        }
        return msgspec.json.encode(texts) + b"\n"
