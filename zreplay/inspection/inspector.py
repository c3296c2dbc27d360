"""Files -> what is in them: read side by side and merged, as a run would, in one pass."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from protocol.errors import SettingsError
from zreplay.block import FILE_SHIFT, Block
from zreplay.inspection.account import Account
from zreplay.inspection.disorder import Disorder, joined
from zreplay.inspection.report import SCHEMA, DisorderReport, Duration, Inspection, Recording
from zreplay.order import LATE_STOP, ArrivalOrder
from zreplay.sources.parse_ahead import ParseAhead
from zreplay.sources.recording import Parsed
from zreplay.sources.recording import Recording as RecordedFile
from zreplay.sources.recording_kind import open_recordings

TOTAL: Final = "total"
_SECOND_NS: Final = 1_000_000_000

Progress = Callable[[int, int], None]
"""Takes how many bytes are read, and how many there are."""


@dataclass(frozen=True, slots=True)
class InspectSettings:
    """What `zreplay inspect` can be told. `rate` None is unpaced."""

    files: tuple[Path, ...]
    reorder_ns: int
    max_buffer_rows: int
    latency_threshold_ms: float
    rate: Fraction | None
    top: int

    def __post_init__(self) -> None:
        if len(set(self.files)) != len(self.files):
            raise SettingsError("a file was given twice", fix="give each file once")


class Inspector:
    """Reads files to their end, once.

    Raises:
        InputError: one cannot be read, or is no recording.
    """

    def __init__(self, settings: InspectSettings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._files = open_recordings(settings.files)
        self._order = ArrivalOrder(
            [file.name for file in self._files],
            horizon_ns=settings.reorder_ns,
            late=LATE_STOP,  # what is late never comes there
            max_rows=settings.max_buffer_rows,
        )
        self._disorders = [Disorder(settings.reorder_ns) for _ in self._files]
        self._accounts = [Account(settings.latency_threshold_ms) for _ in self._files]
        self._total = Account(settings.latency_threshold_ms) if len(self._files) > 1 else None

    def inspect(self) -> Inspection:
        """Return what was found.

        Raises:
            InputError: a file cannot be read, or more of its quotes wait for their turn than may.
        """
        try:
            blocks = ParseAhead(self._files)
            try:
                started_ns = time.monotonic_ns()
                self._read(blocks)
                seconds = (time.monotonic_ns() - started_ns) / _SECOND_NS
            finally:
                blocks.close()
        finally:
            for file in self._files:
                file.close()
        return self._report(seconds)

    def _read(self, blocks: ParseAhead) -> None:
        size_bytes = sum(file.size_bytes for file in self._files)
        while True:
            ordered = self._order.take()
            if ordered is not None:
                self._count_in_order(ordered)
                continue
            number = self._order.next_file()
            if number is None:
                return
            parsed = blocks.next(number)
            if parsed is None:
                self._order.end(number)
            else:
                self._count(number, parsed)
                self._progress(sum(map(_read_bytes, self._files)), size_bytes)

    def _count(self, number: int, parsed: Parsed) -> None:
        """Count a block as it stands in its file, and let the order have what is not late."""
        block = parsed.source.block
        for account in self._accounts_of(number):
            for rejection in parsed.rejections:
                account.refusals.add(rejection)
            if len(block):
                account.add(block)
        if len(block):
            in_time = self._disorders[number].add(block)
            self._order.add(number, parsed.source._replace(block=in_time))

    def _count_in_order(self, block: Block) -> None:
        if self._total is None:
            self._accounts[0].in_order.add(block)
            return
        self._total.in_order.add(block)
        numbers = block.position >> FILE_SHIFT
        for number in np.unique(numbers).tolist():
            part = block.take(np.flatnonzero(numbers == number))
            self._accounts[number].in_order.add(part)

    def _accounts_of(self, number: int) -> list[Account]:
        return [self._accounts[number], *([self._total] if self._total else [])]

    def _report(self, seconds: float) -> Inspection:
        settings = self._settings
        disorders = [disorder.report() for disorder in self._disorders]
        rows = sum(account.rows for account in self._accounts)
        files = [
            self._recording(account, file.name, file.size_bytes, disorder, seconds / max(1, rows))
            for account, file, disorder in zip(self._accounts, self._files, disorders, strict=True)
        ]
        total = None
        if self._total is not None:
            size_bytes = sum(file.size_bytes for file in self._files)
            row_seconds = seconds / max(1, rows)
            total = self._recording(self._total, TOTAL, size_bytes, joined(disorders), row_seconds)
        return Inspection(
            schema=SCHEMA,
            reorder_ns=settings.reorder_ns,
            latency_threshold_ms=settings.latency_threshold_ms,
            speed=None if settings.rate is None else float(settings.rate),
            read_seconds=seconds,
            files=files,
            total=total,
        )

    def _recording(
        self,
        account: Account,
        name: str,
        size_bytes: int,
        disorder: DisorderReport,
        row_seconds: float,
    ) -> Recording:
        span = account.in_order.arrivals
        at_1x = span.duration_ns / _SECOND_NS if span else 0.0
        rate = self._settings.rate
        duration = Duration(
            at_1x=at_1x,
            at_speed=None if rate is None else at_1x / float(rate),
            max_at_least=account.rows * row_seconds,
        )
        return account.report(name, size_bytes, disorder, self._settings.top, duration)


def _read_bytes(file: RecordedFile) -> int:
    return round(file.size_bytes * file.share(file.place.offset))
