"""Files -> what is in them: read in one pass, as a run reads them, and counted instead of sent.

Not SQL over the file: it would not know which rows a run rejects or finds late.
"""

import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from protocol.errors import InputError, SettingsError
from protocol.program.threshold import check_threshold, is_off
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.repeated_quotes import is_repeated
from zreplay.historical.selection import Selection
from zreplay.inspection.account import Account
from zreplay.inspection.disorder import Disorder, joined
from zreplay.inspection.report import (
    SCHEMA,
    DisorderReport,
    Duration,
    FormatReport,
    Inspection,
    RecordingReport,
)
from zreplay.ordering.arrival_order import LATE_REJECT
from zreplay.quotes.block import Block, file_of
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.quotes.ticker_table import joined as joined_blocks
from zreplay.recordings.formats.format_options import NONE, FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.regular_file import size_of
from zreplay.settings import MAX_JUMP_NS, check_count, check_once

TOTAL: Final = "total"
SHOWN_EVERY_NS: Final = 100_000_000
HELD_ROWS_A_FILE: Final = 1_024
MOST_HELD_ROWS: Final = 1_048_576
"""So many rows wait to be counted at most; one takes 80 bytes."""

_SECOND_NS: Final = 1_000_000_000

Progress = Callable[[float], None]
"""Called with the share of the files that has been read."""


class InspectSettings(msgspec.Struct, frozen=True):
    """The settings of `zreplay inspect`. `rate` None is unpaced."""

    historical: tuple[Path, ...]
    columns: FormatOptions
    selection: Selection | None
    latency: LatencyModel | None
    reorder_ns: int
    max_buffer_rows: int
    latency_threshold_ms: float
    rate: Fraction | None
    top: int
    max_jump_ns: int = MAX_JUMP_NS

    def __post_init__(self) -> None:
        if not self.historical:
            raise SettingsError("there is nothing to inspect", fix="zreplay inspect FILE")
        check_once(self.historical)
        check_count("max-buffer", self.max_buffer_rows, 1)
        check_count("top", self.top, 0)
        check_count("max-jump", self.max_jump_ns, 0)
        check_threshold(self.latency_threshold_ms)


class Inspector:
    """Reads files to their end, once.

    Raises:
        InputError: one cannot be read, or is not a recording.
    """

    def __init__(self, settings: InspectSettings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._names = [str(path) for path in settings.historical]
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._held: list[Block] = []
        self._held_rows = self._next_shown_ns = self._repeated = 0
        self.failure: InputError | None = None
        """What cut the reading short; None if everything was read."""

        self._reached: dict[int, int] = {}
        self._disorders = [Disorder(settings.reorder_ns) for _ in self._names]
        self._accounts = [Account(settings.latency_threshold_ms) for _ in self._names]
        self._total = Account(settings.latency_threshold_ms) if len(self._names) > 1 else None
        self._source = HistoricalSource(
            settings.historical,
            horizon_ns=settings.reorder_ns,
            late=LATE_REJECT,
            max_rows=settings.max_buffer_rows,
            reject=self._refuse,
            columns=settings.columns,
            selection=settings.selection,
            latency=settings.latency,
            max_jump_ns=settings.max_jump_ns,
            observe=self._look,
            indexes=FileIndexes(
                settings.historical,
                columns=settings.columns,
                max_jump_ns=settings.max_jump_ns,
                latency=settings.latency,
            ),
        )

    def inspect(self) -> Inspection:
        """Return what was found, of a damaged file up to the damage."""
        started_ns = time.monotonic_ns()
        try:
            while (piece := self._source.read()) is not None:
                if len(piece.block):
                    self._count(piece.block)
                self._show_progress(time.monotonic_ns())
            self._progress(self._source.share(self._reached))
        except InputError as error:
            self.failure = error
        finally:
            self._source.close()
        if self._total is not None:
            self._count_held(self._total)
        return self._report((time.monotonic_ns() - started_ns) / _SECOND_NS)

    def _show_progress(self, now_ns: int) -> None:
        # Of many files it takes longer than to read a block of one.
        if now_ns >= self._next_shown_ns:
            self._next_shown_ns = now_ns + SHOWN_EVERY_NS
            self._progress(self._source.share(self._reached))

    def _look(self, number: int, rows: Block, end_offset: int) -> None:
        """Look at rows as they stand in their file."""
        self._reached[number] = end_offset
        if len(rows):
            self._disorders[number].add(rows)

    def _refuse(self, rejection: Rejection) -> None:
        if rejection.code == RowCode.LATE:
            return  # `Disorder` counts them
        for account in self._accounts_of(self._numbers[rejection.file]):
            account.refusals.add(rejection)

    def _count(self, block: Block) -> None:
        """Count quotes in replay order, for each file and for all.

        A block has few rows of each of many files: they wait for more, as a count of few rows
        takes as long as one of a thousand.
        """
        if self._total is None:
            self._accounts[0].add(block)
            return
        repeated = is_repeated(block)
        self._repeated += 0 if repeated is None else int(np.count_nonzero(repeated))
        self._held.append(block)
        self._held_rows += len(block)
        if self._held_rows >= min(MOST_HELD_ROWS, HELD_ROWS_A_FILE * len(self._accounts)):
            self._count_held(self._total)

    def _count_held(self, total: Account) -> None:
        if not self._held:
            return
        block = joined_blocks(self._held)
        self._held, self._held_rows = [], 0
        total.add(block)
        # Of so few values a stable sort is one by digits.
        numbers = file_of(block.position).astype(np.uint16)
        order = np.argsort(numbers, kind="stable")
        rows, sorted_numbers = block.take(order), numbers[order]
        starts = np.flatnonzero(np.append(True, sorted_numbers[1:] != sorted_numbers[:-1]))
        for start, end in pairwise([*starts.tolist(), len(rows)]):
            self._accounts[int(sorted_numbers[start])].add(rows.take(slice(start, end)))

    def _accounts_of(self, number: int) -> list[Account]:
        return [self._accounts[number], *([self._total] if self._total else [])]

    def _report(self, seconds: float) -> Inspection:
        settings = self._settings
        disorders = [disorder.report() for disorder in self._disorders]
        row_seconds = seconds / max(1, sum(account.rows for account in self._accounts))
        sizes = [_size_bytes(path) for path in settings.historical]
        files = [
            self._recording(account, name, size_bytes, disorder, row_seconds)
            for account, name, size_bytes, disorder in zip(
                self._accounts, self._names, sizes, disorders, strict=True
            )
        ]
        files = [
            replace(file, format=_format(layout), **self._source.notes.of(number)._asdict())
            for number, (file, layout) in enumerate(zip(files, self._source.layouts, strict=True))
        ]
        total = None
        if self._total is not None:
            total = self._recording(self._total, TOTAL, sum(sizes), joined(disorders), row_seconds)
            total = replace(total, **self._source.notes.total._asdict())
        threshold_ms = settings.latency_threshold_ms
        return Inspection(
            schema=SCHEMA,
            reorder_ns=settings.reorder_ns,
            latency_threshold_ms=None if is_off(threshold_ms) else threshold_ms,
            speed=None if settings.rate is None else float(settings.rate),
            read_seconds=seconds,
            files=files,
            total=total,
            broken_off=None if self.failure is None else self.failure.what,
            repeated=self._repeated + self._source.left_out.repeated,
            outside_session=self._source.left_out.outside_session,
            is_deduped=settings.selection is not None and settings.selection.dedupe,
        )

    def _recording(
        self,
        account: Account,
        name: str,
        size_bytes: int,
        disorder: DisorderReport,
        row_seconds: float,
    ) -> RecordingReport:
        span = account.arrivals
        at_1x = span.duration_ns / _SECOND_NS if span else 0.0
        rate = self._settings.rate
        duration = Duration(
            at_1x=at_1x,
            at_speed=None if rate is None else at_1x / float(rate),
            max_at_least=account.rows * row_seconds,
        )
        return account.report(name, size_bytes, disorder, self._settings.top, duration)


def _format(layout: Layout | None) -> FormatReport | None:
    if layout is None:
        return None
    latency = layout.latency if layout.latency == NONE else layout.spelled(layout.latency)
    return FormatReport(
        layout.format,
        why=layout.why,
        times=str(layout.times),
        latency=latency,
        is_verified=layout.is_verified,
        text=layout.described(),
    )


def _size_bytes(path: Path) -> int:
    """Return the size on disk; standard input has none."""
    return 0 if path == STANDARD_INPUT else size_of(path)
