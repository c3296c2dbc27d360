"""Blocks of several files in file order -> quotes in arrival order.

Rule 1: the order is (arrival_ns, position); it is total, the same for every run.
Rule 2: the watermark is the largest timestamp read so far minus the horizon, the least over the
files that have not ended. What arrives strictly below it comes out, nothing else.
Rule 3: a row below the watermark of the rows before it in its own file is late: it ends the run,
after everything that can still come out in order, or is left out, according to the options.
Rule 4: read the file with the least watermark next: it holds up all others.
Rule 5: a file that cannot be read any further cuts the order off after the last of its quotes.
Rule 6: rows are taken many at a time, so that the cost of a row does not grow with the files. How
many depends only on counts, and at most doubles each time: the first come out at once.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from protocol.errors import InputError
from protocol.limits import INT64_MIN
from zreplay.ordering.early_turns import EarlyTurns
from zreplay.ordering.files_behind import FilesBehind, Standing
from zreplay.ordering.late_rows import (
    NO_LATE_ROWS,
    Newest,
    late_error,
    late_rejections,
    late_rows,
    may_have_late_rows,
    watermark_ns,
)
from zreplay.ordering.merged_file import MergedFile
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.ordering.read_places import ReadPlaces
from zreplay.ordering.sent_rows import last_key, unsent
from zreplay.ordering.waiting_room import END_NS, WaitingRoom
from zreplay.ordering.waiting_rows import WaitingRows
from zreplay.quotes.block import Block, offset_of
from zreplay.quotes.file_numbers import MAX_FILES
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.ticker_table import TickerTable
from zreplay.recordings.joint_rows import JointRows
from zreplay.recordings.source_block import FilePlace, SourceBlock

LATE_STOP: Final = "stop"
LATE_REJECT: Final = "reject"
MIN_FORGOTTEN_TICKERS: Final = 262_144
"""Unused ticker names are forgotten once there are this many names, and twice those in use."""

GROUP_ROWS: Final = 32_768
"""This many new rows are waited for before any are taken, once as many have been taken."""

GROUP_SHARE: Final = 4
"""Or a part of those that wait, where that is more: each look at them takes a look at all runs."""

BEFORE_ALL_FILES: Final = -1
_BEYOND_INT64: Final = 2**63


class ArrivalOrder:
    """Merges the blocks of `files` (their names, in the order of their numbers).

    With `group_rows` of 0, everything that may come out is taken at once.

    Raises:
        InputError: more files than a position has room for.
    """

    def __init__(
        self,
        files: Sequence[str],
        *,
        horizon_ns: int,
        late: str,
        max_rows: int,
        cursor: OrderCursor | None = None,
        group_rows: int = GROUP_ROWS,
    ) -> None:
        if len(files) > MAX_FILES:
            raise InputError(
                f"{len(files)} files were given, at most {MAX_FILES} can be merged",
                fix="join files that follow one another, or replay them in several runs",
                code="Z405",
            )
        self._horizon_ns = horizon_ns
        self._late = late
        self._group_rows = group_rows
        self._taken_rows = 0
        self._waiting = WaitingRows()
        self._room = WaitingRoom(max_rows, horizon_ns)
        self._early = EarlyTurns()
        self._tickers = TickerTable()
        self._sent_key = self._last_key = cursor.last_key if cursor else None
        self._ticker_limit = MIN_FORGOTTEN_TICKERS
        starts = cursor.files if cursor else [Resume(FilePlace(0, 1), None)] * len(files)
        self._places = ReadPlaces(starts)
        named = zip(files, starts, strict=True)
        self._files = [MergedFile(name, Newest.at(start.newest_ns)) for name, start in named]
        self._behind = FilesBehind([file.reached_ns(horizon_ns) for file in self._files])

    def next_file(self) -> int | None:
        """Return the number of the file to read next, None when all have ended.

        Raises:
            InputError: it cannot continue past a late row or is cut off, or too many rows wait.
        """
        if self._room.full is not None:
            self._room.check(self._files[self._room.full.number].name)
        last = self._behind.last
        if last is None:
            return None
        if (stop := self._files[last[1]].stop) is not None:
            raise stop
        return last[1]

    def nearest(self, most: int) -> list[int]:
        """Return so many files as they will be read next, if each moves on behind the others."""
        return self._behind.nearest(most)

    def take_turns(self) -> list[int]:
        """Return the files whose rows were early until now; each turn is returned once."""
        self._early.pass_until(self._behind.last)
        return self._early.take()

    def expect(self, number: int, timestamp_ns: int, arrival_ns: int) -> None:
        """Take note of the first row of a file, which is not read before its turn has come.

        No row arrives before the first one and before its timestamp less the horizon: such a
        row would be late.
        """
        file = self._files[number]
        file.least_ns = min(arrival_ns, watermark_ns(timestamp_ns, self._horizon_ns))
        self._move(number)

    def add(
        self, number: int, source: SourceBlock, rejections: Sequence[Rejection] = ()
    ) -> list[Rejection]:
        """Take the next block of a file; return what is rejected of it, late rows included."""
        file = self._files[number]
        block = source.block
        start = Resume(source.start, file.newest.known_ns)
        look = block, file.newest.timestamp_ns, self._horizon_ns
        late = late_rows(*look) if may_have_late_rows(*look) else NO_LATE_ROWS
        rejected = list(rejections)
        read = block
        if len(late.rows) and self._late == LATE_STOP:
            file.stop = late_error(source, late, file.newest, file.name, self._horizon_ns)
            end_offset = offset_of(int(block.position[late.rows[0]]))
            rejected = [each for each in rejections if each.offset < end_offset]
            read = block = block.take(slice(0, int(late.rows[0])))
        elif len(late.rows):
            rejected += late_rejections(source, late, file.name, self._horizon_ns)
            block = block.take(np.delete(np.arange(len(block)), late.rows))
        file.newest = file.newest.after(read, source)
        self._move(number)
        key = None
        block = unsent(block, self._sent_key)
        if len(block):
            self._waiting.add(number, self._with_codes(block, number))
            key = last_key(block)
            file.end_ns = max(file.end_ns, key[0] + 1)
        # A resume must meet again the row that stopped this file.
        end = start if file.stop else Resume(source.end, file.newest.known_ns)
        self._places.read(number, start, end, key)
        return rejected

    def takes_all(self, joint: JointRows) -> bool:
        """Return whether the next rows of some files may be added as one.

        None of them is late, or was sent before a resume.
        """
        block, parts = joint
        if self._sent_key is not None and block.bounds.least_arrival_ns <= self._sent_key[0]:
            return False
        files, horizon_ns = self._files, self._horizon_ns
        return all(files[part.number].takes_all(part, block, horizon_ns) for part in parts)

    def add_together(self, joint: JointRows) -> None:
        """Take the next rows of files, all of them."""
        block, parts = joint
        for part in parts:
            file = self._files[part.number]
            self._early.add((file.reached_ns(self._horizon_ns), part.number))
            start = Resume(part.start, file.newest.known_ns)
            file.take(part)
            self._move(part.number)
            key = part.bounds.greatest_arrival_ns, part.last_position
            end = Resume(part.end, file.newest.known_ns)
            self._places.read(part.number, start, end, key)
        self._waiting.add_joint(self._with_codes(block, parts[0].number))

    def end(self, number: int) -> None:
        """Record that a file has no more blocks; one that a late row stops still ends the order."""
        if self._files[number].stop is None:
            self._behind.end(number)

    def break_off(self, number: int, reason: InputError) -> None:
        """Record that a file cannot be read any further: the order ends with its last quote.

        From all files, what arrives no later than that, or below this one's watermark, still comes
        out; then `next_file` raises the reason. Only the rows decide, so a resume changes nothing.
        """
        file = self._files[number]
        # The last quote may have been sent before the resume.
        sent_ns = INT64_MIN if self._sent_key is None else self._sent_key[0] + 1
        file.last_mark_ns = max(file.mark_ns(self._horizon_ns), file.end_ns, sent_ns)
        file.stop = reason
        self._move(number)

    @property
    def reached(self) -> Standing | None:
        """How far the file furthest behind was read, and its number; None when all have ended."""
        return self._behind.last

    @property
    def settled(self) -> Standing | None:
        """How far it is known that the order goes on: up to `reached`, or less far.

        What stands no further than this follows from the files; None is the end of all.
        """
        room = self._room
        if room.full is not None:
            return room.full.at_ns, BEFORE_ALL_FILES
        is_all = room.looked_ns == self._reached_ns
        return self._behind.last if is_all else (room.looked_ns, BEFORE_ALL_FILES)

    @property
    def has_due(self) -> bool:
        """True if something may come out: `take` held it back, as it was too little."""
        return self._waiting.has_below(self._mark_ns())

    def take(self, *, is_urgent: bool = False) -> Block | None:
        """Return what is below the watermark, in order; None if there is nothing.

        Unless it is urgent, None also if that is too little yet: before the end, it comes out.
        """
        waiting, room = self._waiting, self._room
        is_time = is_urgent or self._is_last() or self._is_worth_it()
        if is_time or waiting.rows <= room.most:
            room.look(waiting, self._reached_ns)
        if not is_time:
            return None
        is_all = is_urgent or self._is_last()
        mark_ns = self._mark_ns()
        if not waiting.has_below(mark_ns):
            return None
        block = waiting.take_below(mark_ns, 0 if is_all else self._group_rows)
        assert block is not None
        block = block.renamed(block.ticker_codes, self._tickers.names)
        self._taken_rows += len(block)
        self._last_key = int(block.arrival_ns[-1]), int(block.position[-1])
        self._places.taken(self._last_key)
        if len(self._tickers) > self._ticker_limit:
            self._forget_tickers()
        return block

    def _is_last(self) -> bool:
        """Return whether nothing may wait on: all files have ended, or the order does."""
        last = self._behind.last
        return last is None or self._files[last[1]].stop is not None or self._room.full is not None

    def _is_worth_it(self) -> bool:
        group_rows = self._group_rows and max(self._group_rows, self._waiting.rows // GROUP_SHARE)
        group_rows = min(group_rows, self._taken_rows, self._room.most // GROUP_SHARE)
        return self._waiting.added_rows >= group_rows

    @property
    def _reached_ns(self) -> int:
        """How far all files were read."""
        last = self._behind.last
        return END_NS if last is None else min(last[0], END_NS)

    def _mark_ns(self) -> int:
        if self._room.full is not None:
            return self._room.mark_ns
        last = self._behind.last
        return _BEYOND_INT64 if last is None else self._files[last[1]].mark_ns(self._horizon_ns)

    def _move(self, number: int) -> None:
        self._behind.move(number, self._files[number].reached_ns(self._horizon_ns))

    def checkpoint(self) -> OrderCursor | None:
        """Return from where all files can be read on after what was taken; None at the start."""
        key = self._last_key
        return None if key is None else OrderCursor.of(key, self._places.files())

    def _with_codes(self, block: Block, number: int) -> Block:
        """Return rows of a file with the ticker codes that all that wait have."""
        codes = self._tickers.codes_of(block, number)
        return block if codes is block.ticker_codes else block.renamed(codes, ())

    def _forget_tickers(self) -> None:
        """Renumber the tickers of the waiting quotes; the others are no longer held."""
        names = self._tickers.names
        used = self._waiting.ticker_codes()
        self._tickers = TickerTable()
        codes = np.zeros(len(names), dtype=np.int32)
        codes[used] = self._tickers.add([names[code] for code in used.tolist()])
        self._waiting.renumber(codes)
        self._ticker_limit = max(MIN_FORGOTTEN_TICKERS, 2 * len(used))
