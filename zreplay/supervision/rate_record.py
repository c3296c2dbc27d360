"""rates.jsonl: how fast a run went, a line a second, for `zreplay report`. Bounded.

When there are too many lines every second one is dropped, and from then on half as many are
written: what is kept is spread evenly over the run, however long it was.
"""

import contextlib
import time
from pathlib import Path
from threading import Event
from typing import Final

import msgspec

from protocol.program.replaced_file import replace_file
from zreplay.controls.asking import Ask
from zreplay.supervision.rate_row import RateRow, row_of

EVERY_SECONDS: Final = 1.0
MOST_ROWS: Final = 4_096


class RateRecord:
    """Appends rows, at most MOST_ROWS; a disk that takes none ends it without a word."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = read_rates(path)
        self._is_torn = True  # an earlier process may have died in the middle of a row
        self._every = 1
        self._skipped = 0

    def append(self, row: RateRow) -> None:
        """Keep a row, or leave it out where the run is too long for every one.

        Raises:
            OSError: it cannot be written.
        """
        self._skipped += 1
        if self._skipped < self._every:
            return
        self._skipped = 0
        self._rows.append(row)
        if len(self._rows) <= MOST_ROWS and not self._is_torn:
            with self._path.open("ab") as lines:
                lines.write(msgspec.json.encode(row) + b"\n")
            return
        if len(self._rows) > MOST_ROWS:
            self._rows, self._every = self._rows[::2], 2 * self._every
        self._is_torn = False
        replace_file(self._path, msgspec.json.Encoder().encode_lines(self._rows))


def record_rates(ask: Ask, is_over: Event, path: Path) -> None:
    """Write a row now, and one a second until the run is over."""
    record = RateRecord(path)
    with contextlib.suppress(OSError):  # it is of use, and no run waits for it
        while not is_over.is_set():
            if (status := ask("status", "")) is not None:
                record.append(row_of(status, time.time_ns()))
            is_over.wait(EVERY_SECONDS)


def read_rates(path: Path) -> list[RateRow]:
    """Return the rows of a file, none of a torn end or of what cannot be read."""
    rows: list[RateRow] = []
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_bytes().splitlines():
            rows.append(msgspec.json.decode(line, type=RateRow))
    return rows
