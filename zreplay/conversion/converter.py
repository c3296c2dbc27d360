"""Recordings -> files of our own columns, in the order in which a run sends the quotes."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from zreplay.conversion.convert_settings import DAY, TICKER, ConvertSettings
from zreplay.conversion.quote_table import QuoteTable
from zreplay.conversion.rejected_rows import RejectedRows
from zreplay.conversion.reread import Reread
from zreplay.conversion.staging import Staging
from zreplay.conversion.targets import DayFiles, OneFile, Target
from zreplay.conversion.ticker_files import TickerFiles
from zreplay.conversion.tied_arrivals import TiedArrivals
from zreplay.conversion.write_behind import WriteBehind
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.left_out import LeftOut
from zreplay.historical.seek import start_from
from zreplay.quotes.block import Block
from zreplay.quotes.ticker_table import joined
from zreplay.recordings.formats.format_options import NONE
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording_layout import MANY_FILES, check_files
from zreplay.recordings.source_block import RowNotes
from zreplay.settings import MAX_JUMP_NS, REORDER_NS

WRITTEN_ROWS: Final = 131_072
"""So many are written at once."""

_SHOWN_EVERY_NS: Final = 100_000_000

Progress = Callable[[float], None]
"""Called with the share of the files that has been read."""


class Conversion(msgspec.Struct, frozen=True):
    """What was written. `is_complete` is False if it was stopped, and then nothing was.

    `notes` and `left_out` are what else was read, and is neither written nor rejected; `tied` is
    how many quotes arrive with others of other tickers, None if they stand in order; `needs` are
    the options with which a run takes all that was written.
    """

    is_complete: bool
    quotes: int
    blank: int
    rejected: int
    notes: RowNotes
    left_out: LeftOut
    files: int
    size_bytes: int
    seconds: float
    has_latency: bool
    negative_prices: int
    tied: int | None
    needs: list[str]


class Converter:
    """Reads files to their end, once, and writes their quotes.

    Raises:
        InputError: one cannot be read, or is not a recording.
    """

    def __init__(
        self,
        settings: ConvertSettings,
        progress: Progress = lambda share: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._is_stopped = is_stopped
        self._layouts = check_files(settings.historical, settings.columns)
        self._reached: dict[int, int] = {}
        self._next_shown_ns = 0
        self._quotes = self._blank = self._negative = 0
        self._reread = Reread(REORDER_NS, MAX_JUMP_NS)
        self._tied = TiedArrivals() if settings.split == TICKER else None
        self._has_latency = settings.latency is not None or self._says_latency()

    def convert(self) -> Conversion:
        """Write what was asked for; nothing stays of what was not written to its end.

        Raises:
            InputError: a file cannot be read any further, or a late quote ends it.
            SettingsError: something is there already, or a ticker cannot stand in a CSV.
            ResultLogError: the disk does not take it.
        """
        settings = self._settings
        started_ns = time.monotonic_ns()
        with ExitStack() as stack:
            staging = stack.enter_context(
                Staging(
                    settings.out,
                    is_folder=bool(settings.split),
                    may_replace=settings.may_replace,
                )
            )
            rejected = stack.enter_context(RejectedRows(settings.rejected_log))
            source = self._source(rejected)
            stack.callback(source.close)
            writer = stack.enter_context(
                WriteBehind(lambda: self._target(staging.part, source), staging.reported)
            )
            is_complete = self._copy(source, writer)
            if is_complete:
                files = writer.finish()
                size_bytes = _size_bytes(staging.part)
                rejected.commit()
                staging.commit()
        return Conversion(
            is_complete=is_complete,
            quotes=self._quotes,
            blank=self._blank,
            rejected=rejected.count,
            notes=source.notes.total,
            left_out=source.left_out,
            files=files if is_complete else 0,
            size_bytes=size_bytes if is_complete else 0,
            seconds=(time.monotonic_ns() - started_ns) / 1e9,
            has_latency=self._has_latency,
            negative_prices=self._negative,
            tied=None if self._tied is None else self._tied.count,
            needs=self._reread.options,
        )

    def _copy(self, source: HistoricalSource, writer: WriteBehind) -> bool:
        """Hand on all quotes; False if that was to stop."""
        held: list[Block] = []
        rows = 0
        while (piece := source.read()) is not None:
            if self._is_stopped():
                return False
            if len(piece.block):
                self._count(piece.block)
                held.append(piece.block)
                rows += len(piece.block)
            if rows >= WRITTEN_ROWS:
                writer.write(joined(held))
                held, rows = [], 0
            self._show_progress(source, time.monotonic_ns())
        if held:
            writer.write(joined(held))
        return True

    def _source(self, rejected: RejectedRows) -> HistoricalSource:
        settings = self._settings
        paths, selection = settings.historical, settings.selection
        indexes = FileIndexes(
            paths,
            columns=settings.columns,
            max_jump_ns=settings.max_jump_ns,
            latency=settings.latency,
        )
        # Of more files it is not known here which of them need what is above.
        may_seek = len(paths) <= MANY_FILES and not any(
            layout and layout.is_empty_unchanged for layout in self._layouts
        )
        begin = None
        if may_seek:
            begin = start_from(paths, selection, settings.reorder_ns, indexes)
        return HistoricalSource(
            paths,
            begin=begin,
            horizon_ns=settings.reorder_ns,
            late=settings.late,
            max_rows=settings.max_buffer_rows,
            reject=rejected.append,
            columns=settings.columns,
            selection=selection,
            latency=settings.latency,
            max_jump_ns=settings.max_jump_ns,
            observe=self._look,
            indexes=indexes,
            carries=True,
            most_rejected=settings.max_rejected,
        )

    def _target(self, part: Path, source: HistoricalSource) -> Target:
        """Return what takes the quotes, now that a first one has come, or that there is none."""
        settings = self._settings
        if not self._has_latency and STANDARD_INPUT in settings.historical:
            layout = source.layouts[settings.historical.index(STANDARD_INPUT)]
            self._has_latency = layout is not None and layout.latency != NONE
        table = QuoteTable(has_latency=self._has_latency)
        if settings.split == DAY:
            return DayFiles(part, settings.kind, table)
        if settings.split == TICKER:
            return TickerFiles(part, settings.kind, table)
        return OneFile(part, settings.kind, table)

    def _says_latency(self) -> bool:
        """Tell whether any file says a latency; of standard input that is not known yet."""
        if any(map(_has_latency, self._layouts)):
            return True
        rest = self._settings.historical[MANY_FILES:] if self._layouts else ()
        return any(_has_latency(*check_files([path], self._settings.columns)) for path in rest)

    def _look(self, number: int, rows: Block, end_offset: int) -> None:
        self._reached[number] = end_offset

    def _show_progress(self, source: HistoricalSource, now_ns: int) -> None:
        # Of many files it takes longer than to read a block of one.
        if now_ns >= self._next_shown_ns:
            self._next_shown_ns = now_ns + _SHOWN_EVERY_NS
            self._progress(source.share(self._reached))

    def _count(self, block: Block) -> None:
        self._quotes += len(block)
        has_no_mid = np.isnan(block.bid_price) | np.isnan(block.ask_price)
        self._blank += int(np.count_nonzero(has_no_mid))
        is_negative = (block.bid_price < 0) | (block.ask_price < 0)
        self._negative += int(np.count_nonzero(is_negative))
        self._reread.add(block)
        if self._tied is not None:
            self._tied.add(block)


def _has_latency(layout: Layout | None = None) -> bool:
    """Tell whether a file says a latency, as a capture does, which has no layout."""
    return layout is None or layout.latency != NONE


def _size_bytes(part: Path) -> int:
    if part.is_file():
        return part.stat().st_size
    with os.scandir(part) as found:
        return sum(entry.stat().st_size for entry in found)
