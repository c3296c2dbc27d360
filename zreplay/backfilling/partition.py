"""One task of a backfill: the quotes that arrive in a window, in a part that counts.

It may run any number of times, anywhere, side by side: what is there is not written again, and the
same task writes the same bytes.
"""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from protocol.json_text import json_bytes
from protocol.messages import HISTORICAL
from zreplay.backfilling.file_ends import check_ends
from zreplay.backfilling.file_reading import FileTask
from zreplay.backfilling.output import kinds_of, outputs_of
from zreplay.backfilling.part_files import PartWriter, RejectedRow, read_report
from zreplay.backfilling.proof import Counts, PieceReport, Report, StartReport
from zreplay.backfilling.settings import Rules
from zreplay.backfilling.store import store_of
from zreplay.backfilling.window_reader import Rejected, WindowReader
from zreplay.historical.left_out import NOTHING
from zreplay.historical.selection import Window
from zreplay.playback.batch_columns import unsent_batch
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import VALUE_LIMIT
from zreplay.recordings.source_block import NO_NOTES

BATCH_QUOTES: Final = 32_768


class Task(NamedTuple):
    """What one window needs: plain data, which goes to another process."""

    window: int
    key: str
    start_ns: int | None
    end_ns: int | None
    files: tuple[FileTask, ...]
    rules: Rules


def run_task(task: Task, out: Path, scratch: Path | None = None) -> Report:
    """Write the part of a task, unless its marker is there; return what it saw.

    Raises:
        InputError: a file cannot be read, or its order cannot be restored.
        ProcessorError: code of the user failed.
        ResultLogError: the part cannot be written.
    """
    store = store_of(out, scratch)
    report = read_report(store, task.window, task.key)
    if report is not None:
        return report
    begun_ns = time.monotonic_ns()
    writer = PartWriter(store, task.window, task.key, kinds_of(task.rules))
    try:
        with closing(reader_of(task)) as reader:
            counted = CountedBlocks(reader, task)
            if task.rules.function is not None:
                from zreplay.backfilling.function_output import WindowOfArrivals, write_yielded

                window = WindowOfArrivals(task.window, task.start_ns, task.end_ns)
                write_yielded(task.rules.function, counted, window, writer)
                counted.read_on()
            else:
                _write(task, counted, writer)
        for row in sorted(reader.rejected, key=lambda each: (each.file, each.rejection.offset)):
            writer.write("rejected", _as_line(row))
        elapsed_ns = time.monotonic_ns() - begun_ns
        return writer.commit(report_of(task, reader, counted, elapsed_ns))
    finally:
        writer.close()


class NoFiles:
    """What there is to see in a window that no file has rows for."""

    rejected: Sequence[Rejected] = ()
    rows_read_twice = 0
    notes = NO_NOTES
    left_out = NOTHING

    def blocks(self) -> Iterator[Block]:
        return iter(())

    def piece_reports(self) -> list[PieceReport]:
        return []

    def start_reports(self) -> list[StartReport]:
        return []

    def close(self) -> None:
        """Nothing is open."""


class CountedBlocks:
    """The blocks of a window, in order; what is read before it, to warm up, is not counted."""

    def __init__(self, reader: WindowReader | NoFiles, task: Task) -> None:
        self.quotes = self.skipped = self.blank = 0
        self._blocks = reader.blocks()
        self._start_ns = task.start_ns
        self._threshold_ms = task.rules.threshold_ms

    def __iter__(self) -> Iterator[Block]:
        for block in self._blocks:
            self._count(block)
            yield block

    def read_on(self) -> None:
        """Read what the code of the user has left: the proof is about all of it."""
        for _ in self:
            pass

    def _count(self, block: Block) -> None:
        first = 0
        if self._start_ns is not None:
            first = int(np.searchsorted(block.arrival_ns, self._start_ns))
        rows = block.take(slice(first, len(block)))
        is_blank = np.isnan(rows.bid_price) | np.isnan(rows.ask_price)
        is_late = rows.latency_ms > self._threshold_ms
        self.quotes += len(rows)
        self.blank += int(is_blank.sum())
        self.skipped += int((is_late & ~is_blank).sum())


def reader_of(task: Task) -> WindowReader | NoFiles:
    """Return what reads the files of a task for its window, and for what warms it up.

    Raises:
        InputError: one is not here as it was planned, or cannot be read.
    """
    if not task.files:
        return NoFiles()
    for file in task.files:
        check_ends(file.path, file.ends)
    start_ns = task.start_ns
    if start_ns is not None:
        start_ns -= task.rules.warmup_ns
    window = Window(start_ns, task.end_ns)
    return WindowReader(task.files, window, task.rules)


def report_of(
    task: Task, reader: WindowReader | NoFiles, counted: CountedBlocks, elapsed_ns: int
) -> Report:
    """Return what a task saw, once all of its blocks were read."""
    rejected = len(reader.rejected)
    return Report(
        task.key,
        reader.piece_reports(),
        reader.start_reports(),
        Counts(
            *(counted.quotes, counted.skipped, counted.blank, rejected),
            notes=reader.notes,
            left_out=reader.left_out,
        ),
        elapsed_ns,
        socket.gethostname(),
        reader.rows_read_twice,
        is_repeatable=task.rules.function is None,
    )


def _write(task: Task, blocks: CountedBlocks, writer: PartWriter) -> None:
    outputs = outputs_of(task.rules, writer, is_first=not task.window)
    for block in blocks:
        for first in range(0, len(block), BATCH_QUOTES):
            batch = unsent_batch(block.take(slice(first, first + BATCH_QUOTES)), HISTORICAL)
            for output in outputs:
                output.take(batch)
    for output in outputs:
        output.end()


def _as_line(row: Rejected) -> bytes:
    found = row.rejection
    fields = (
        *(found.file, found.line, found.offset, found.column),
        *(found.value[:VALUE_LIMIT], found.reason, str(found.code)),
    )
    return json_bytes(RejectedRow(row.file, fields)) + b"\n"
