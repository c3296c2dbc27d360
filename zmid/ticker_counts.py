"""How many quotes each ticker has in the part of the table that need not be there any more.

    segments/tickers.json    written before a segment of that part may be removed

So what is published is counted exactly though closed segments are removed. It reaches no further
than the oldest commit of the ring, from which recovery may go on.
"""

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

from protocol.commit import Commit
from protocol.program.diagnostics import Log
from protocol.program.failpoint import reach
from protocol.result_folder import SEGMENTS, TABLE
from zmid.disk import sync_folder

FILE: Final = f"{SEGMENTS}/tickers.json"
PART: Final = ".part"

log = Log("sink")


class Counted(msgspec.Struct, frozen=True):
    """The quotes in the first `end` bytes of the table of a run; `number` is the segment then."""

    version: Literal[1]
    run: str
    number: int
    end: int
    tickers: dict[str, int]


class TickerCounts:
    """Keeps them in the folder of a sink; `number` is the first segment that is needed."""

    def __init__(self, folder: Path, *, syncs: bool) -> None:
        self.number = 0
        self._path = folder / FILE
        self._syncs = syncs
        self._next: Counted | None = None
        self._has_failed = False

    def read(self, run: bytes) -> Counted | None:
        """Return what is kept of a run, None if nothing is."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=Counted)
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
            return None
        if kept.run != run.hex():
            return None
        self.number = kept.number
        return kept

    def turn(self, last: Commit, counts: dict[str, int], named: int) -> None:
        """Keep the counts as of a commit, once none of the ring names a segment before it.

        `named` is the least segment of the table that one names.
        """
        tail = last.tails[TABLE]
        if self._next is not None and named >= self._next.number and self._write(self._next):
            self.number, self._next = self._next.number, None
        if self._next is None and tail.number > self.number:
            self._next = Counted(1, last.run.hex(), tail.number, tail.end, {**counts})

    def _write(self, counted: Counted) -> bool:
        part = self._path.with_name(f"{self._path.name}{PART}")
        try:
            with part.open("wb") as file:
                file.write(msgspec.json.encode(counted))
                reach("ticker_counts.written")
                file.flush()
                if self._syncs:
                    os.fsync(file.fileno())
            part.rename(self._path)
            if self._syncs:
                sync_folder(self._path.parent)
        except OSError as error:
            if not self._has_failed:
                reason = error.strerror
                log.warning("counts of tickers are not kept, nor segments removed", reason=reason)
            self._has_failed = True
            return False
        self._has_failed = False
        return True
