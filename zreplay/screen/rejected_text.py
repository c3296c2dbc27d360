"""The first lines of rejected.log for a reader: the row, with the place marked.

The row itself is read from the recording, if that is a plain text file that is still there.
"""

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import msgspec

from protocol.json_text import utf8_text
from protocol.limits import INT64_MAX
from protocol.program.event_text import printable
from zreplay.quotes.rejection import place_text

MOST_ROWS: Final = 3
MAX_ROW_BYTES: Final = 500
_PLAIN_SUFFIXES: Final = (".csv", ".txt", ".tsv", "")


class _Rejection(msgspec.Struct):
    code: str
    file: str
    line: int | None
    offset: Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
    column: str
    value: str
    reason: str


_DECODER: Final = msgspec.json.Decoder(_Rejection)


def rejected_text(log: Path, files: Sequence[Path], rejected: int) -> str:
    """Return the first of this many rejections, empty if none can be read."""
    try:
        with log.open("rb") as lines:
            rejections = [_DECODER.decode(line) for line in islice(lines, MOST_ROWS)]
    except (OSError, ValueError, RecursionError):
        return ""
    paths = {utf8_text(str(path)): path for path in files}
    texts = [_text(one, paths.get(one.file)) for one in rejections]
    if texts and rejected > len(texts):
        texts.append(f"and {rejected - len(texts):,} more")
    return "\n".join(texts)


def _text(rejection: _Rejection, path: Path | None) -> str:
    line, column, value = rejection.line, rejection.column, rejection.value
    where = f"{rejection.file}, {place_text(line, rejection.offset)}"
    where += f", column {column}" if column else ""
    head = f"{rejection.code} {where}: {rejection.reason}"
    row = _row(path, rejection.offset) if path is not None else ""
    if row:
        return "\n".join((printable(head), f"    {printable(row)}", *_marked(row, value, column)))
    return printable(f"{head}: {json.dumps(value)}" if value else head)


def _marked(row: str, value: str, column: str) -> list[str]:
    """Mark the value if it occurs exactly once in its row."""
    if not value or not column or row.count(value) != 1:
        return []
    return [f"    {' ' * row.index(value)}{'^' * len(value)}"]


def _row(path: Path, offset: int) -> str:
    if path.suffix.lower() not in _PLAIN_SUFFIXES:
        return ""
    try:
        with path.open("rb") as recording:
            recording.seek(offset)
            row = recording.readline(MAX_ROW_BYTES)
    except OSError:
        return ""
    return row.decode("utf-8", "replace").rstrip("\r\n")
