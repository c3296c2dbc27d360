"""Blocks of several files in file order -> quotes in arrival order.

Rule 1: the order is (arrival_ns, position); it is total, the same for every run.
Rule 2: the watermark is the largest timestamp read so far less the horizon, the least over the
files that have not ended. What arrives strictly below it comes out, nothing else.
Rule 3: a row below the watermark of the rows before it in its own file is late: it ends the
run, after everything that can still come out right, or is left out, as told.
Rule 4: read the file of the least watermark next: it holds up all others.
Rule 5: a file that cannot be read on breaks the order off behind the last of its quotes.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from protocol.errors import InputError
from zreplay.ordering.late_rows import (
    NO_LATE_ROWS,
    Newest,
    late_error,
    late_rejections,
    late_rows,
    may_have_late_rows,
    watermark_ns,
)
from zreplay.ordering.order_cursor import MAX_FILES, Key, OrderCursor, Resume, Trail
from zreplay.ordering.sorted_run import SortedRun, merged
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.ticker_table import TickerTable
from zreplay.recordings.source_block import FilePlace, SourceBlock

LATE_STOP: Final = "stop"
LATE_REJECT: Final = "reject"
CURSOR_BLOCKS: Final = 16
"""A cursor can be had for a row of any of the last so many taken blocks."""

MIN_FORGOTTEN_TICKERS: Final = 65_536
"""Unused ticker names are forgotten once there are so many names, and twice those in use."""

_INT64_MAX: Final = 2**63 - 1
_NO_CODES: Final = np.array([], dtype=np.int32)


@dataclass(slots=True)
class _File:
    name: str
    trail: Trail
    newest: Newest
    runs: list[SortedRun] = field(default_factory=list)
    is_ended: bool = False
    stop: InputError | None = None
    last_mark_ns: int | None = None
    """Once the file is broken off: what arrives below it still comes."""

    def mark_ns(self, horizon_ns: int) -> int:
        """Return the time below which nothing more can come of this file."""
        if self.last_mark_ns is not None:
            return self.last_mark_ns
        return watermark_ns(self.newest.timestamp_ns, horizon_ns)

    def reached_ns(self, horizon_ns: int) -> int:
        """Return how far the file is read; the one that is behind the others is read next."""
        if self.last_mark_ns is not None:
            return self.last_mark_ns + horizon_ns
        return self.newest.timestamp_ns

    def cut(self, mark_ns: int) -> Iterator[SortedRun]:
        """Yield what arrives strictly below the mark, run by run."""
        kept = []
        for run in self.runs:
            count = len(run)
            if mark_ns <= _INT64_MAX:
                count = int(np.searchsorted(run.arrival_ns, mark_ns))
            if count:
                yield run.part(slice(0, count))
            if count < len(run):
                kept.append(run.part(slice(count, None)) if count else run)
        self.runs = kept


class ArrivalOrder:
    """Merges the blocks of `files` (their names, in the order of their numbers).

    Raises:
        InputError: more files than a cursor has room for.
    """

    def __init__(
        self,
        files: Sequence[str],
        *,
        horizon_ns: int,
        late: str,
        max_rows: int,
        cursor: OrderCursor | None = None,
    ) -> None:
        if len(files) > MAX_FILES:
            raise InputError(
                f"{len(files)} files were given, at most {MAX_FILES} can be merged",
                fix="join files that follow one another, or replay them in several runs",
                code="Z405",
            )
        self._horizon_ns = horizon_ns
        self._late = late
        self._max_rows = max_rows
        self._waiting_rows = 0
        self._tickers = TickerTable()
        self._sent_key = cursor.last_key if cursor else None
        self._taken_keys: deque[Key] = deque(maxlen=CURSOR_BLOCKS + 1)
        self._ticker_limit = MIN_FORGOTTEN_TICKERS
        starts = cursor.files if cursor else [Resume(FilePlace(0, 1), None)] * len(files)
        self._files = [
            _File(name, Trail((), start), _newest(start))
            for name, start in zip(files, starts, strict=True)
        ]

    def next_file(self) -> int | None:
        """Return the number of the file to read next, None when all have ended.

        Raises:
            InputError: that file cannot go on past a late row or is broken off, or too much is
                waiting.
        """
        reading = [number for number, file in enumerate(self._files) if not file.is_ended]
        if not reading:
            return None
        number = min(reading, key=lambda number: self._files[number].reached_ns(self._horizon_ns))
        stop = self._files[number].stop
        if stop is not None:
            raise stop
        if self._waiting_rows > self._max_rows:
            raise InputError(
                f"{self._files[number].name}: {self._waiting_rows} quotes wait for their turn, "
                f"more than --max-buffer {self._max_rows}",
                fix="a shorter --reorder, or a larger --max-buffer (100 bytes of memory a quote)",
                code="Z404",
            )
        return number

    def add(self, number: int, source: SourceBlock) -> list[Rejection]:
        """Take the next block of a file; return its late rows, if they are to be rejected."""
        file = self._files[number]
        block = source.block
        start = Resume(source.start, _newest_ns(file.newest))
        look = block, file.newest.timestamp_ns, self._horizon_ns
        late = late_rows(*look) if may_have_late_rows(*look) else NO_LATE_ROWS
        rejections: list[Rejection] = []
        read = block
        if len(late.rows) and self._late == LATE_STOP:
            file.stop = late_error(source, late, file.newest, file.name, self._horizon_ns)
            read = block = block.take(slice(0, int(late.rows[0])))
        elif len(late.rows):
            rejections = late_rejections(source, late, file.name, self._horizon_ns)
            block = block.take(np.delete(np.arange(len(block)), late.rows))
        file.newest = file.newest.after(read, source)
        trail = file.trail
        block = self._unsent(block)
        if len(block):
            codes = self._tickers.add(block.ticker_names).take(block.ticker_codes)
            run = SortedRun.of(replace(block, ticker_codes=codes, ticker_names=()))
            file.runs.append(run)
            self._waiting_rows += len(run)
            trail = trail.with_block(start, run.last_key)
        # A resume has to come upon the row again that stopped this file.
        file.trail = trail.reaching(
            start if file.stop else Resume(source.end, _newest_ns(file.newest))
        )
        return rejections

    def end(self, number: int) -> None:
        """Take note that a file has no more blocks."""
        self._files[number].is_ended = True

    def break_off(self, number: int, reason: InputError) -> None:
        """Take note that a file cannot be read on: the order ends with the last of its quotes.

        Of all files comes what arrives no later than that, or below the watermark of this one;
        then `next_file` raises the reason. The rows alone decide, so it is the same after a resume.
        """
        file = self._files[number]
        arrivals_ns = [int(run.arrival_ns[-1]) for run in file.runs]
        if self._sent_key is not None:  # the last quote may have been sent before the resume
            arrivals_ns.append(self._sent_key[0])
        mark_ns = watermark_ns(file.newest.timestamp_ns, self._horizon_ns)
        file.last_mark_ns = max([mark_ns, *(arrival_ns + 1 for arrival_ns in arrivals_ns)])
        file.stop = reason

    def take(self) -> Block | None:
        """Return everything below the watermark, in order; None if there is nothing."""
        marks = [file.mark_ns(self._horizon_ns) for file in self._files if not file.is_ended]
        mark_ns = min(marks, default=_INT64_MAX + 1)
        # By file and then by block: a stable sort then keeps equal arrivals by position.
        parts = [part for file in self._files for part in file.cut(mark_ns)]
        if not parts:
            return None
        block = replace(merged(parts), ticker_names=self._tickers.names)
        self._waiting_rows -= len(block)
        self._forget_before((int(block.arrival_ns[-1]), int(block.position[-1])))
        if len(self._tickers) > self._ticker_limit:
            self._forget_tickers()
        return block

    def cursor_at(self, arrival_ns: int, position: int) -> OrderCursor:
        """Return the cursor behind a quote of one of the last CURSOR_BLOCKS taken blocks.

        Another thread may ask while this one adds and takes.
        """
        key = (arrival_ns, position)
        return OrderCursor(key, tuple([file.trail.resume_after(key) for file in self._files]))

    def _unsent(self, block: Block) -> Block:
        if self._sent_key is None or not len(block):
            return block
        arrival_ns, position = self._sent_key
        if int(block.arrival_ns.min()) > arrival_ns:
            return block
        is_later = block.arrival_ns > arrival_ns
        is_behind = (block.arrival_ns == arrival_ns) & (block.position > position)
        return block.take(np.flatnonzero(is_later | is_behind))

    def _forget_before(self, taken_key: Key) -> None:
        """Drop the places that no cursor can need any more."""
        self._taken_keys.append(taken_key)
        if len(self._taken_keys) > CURSOR_BLOCKS:
            for file in self._files:
                file.trail = file.trail.after(self._taken_keys[0])

    def _forget_tickers(self) -> None:
        """Number the tickers of the waiting quotes anew; the others are not held any more."""
        runs = [run for file in self._files for run in file.runs]
        names = self._tickers.names
        used = np.unique(np.concatenate([run.ticker_codes for run in runs] or [_NO_CODES]))
        self._tickers = TickerTable()
        codes = np.zeros(len(names), dtype=np.int32)
        codes[used] = self._tickers.add([names[code] for code in used.tolist()])
        for file in self._files:
            file.runs = [run.renumbered(codes) for run in file.runs]
        self._ticker_limit = max(MIN_FORGOTTEN_TICKERS, 2 * len(used))


def _newest(start: Resume) -> Newest:
    return Newest() if start.newest_ns is None else Newest(start.newest_ns)


def _newest_ns(newest: Newest) -> int | None:
    return None if newest == Newest() else newest.timestamp_ns
