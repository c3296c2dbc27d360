"""The parts, in order -> the logs, each of which appears as a whole in the place of the one before.

In a store of objects only the rejected rows are joined: the others are streamed from their parts.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final, NamedTuple

import msgspec

from protocol.checksum import crc32
from protocol.errors import ResultLogError
from protocol.program.failpoint import reach
from zreplay.backfilling.manifest import LOG_KINDS, REJECTED, LogFile
from zreplay.backfilling.output import OUTPUTS
from zreplay.backfilling.part_files import COPY_BYTES, CountedFile, RejectedRow, marker_of, stem
from zreplay.backfilling.proof import Report
from zreplay.backfilling.store import Store, written
from zreplay.quotes.rejection import Rejection, RowCode

SIDE_BY_SIDE: Final = 2
"""So many logs are joined at a time: the disk is the limit."""

LineOf = Callable[[int, int, int | None], int | None]
"""The line in its file of a rejected row: by window, file, and the line that the task counted."""


class Places(NamedTuple):
    """Where rejected rows are: what each file is called, and the lines in it."""

    names: Sequence[str]
    line_of: LineOf


def join(store: Store, reports: Sequence[Report], places: Places) -> list[LogFile]:
    """Write the logs from these parts; a log without a rejected row is not there."""
    kinds = list(reports[0].files) if store.folder is not None else []
    # Nothing else goes on by now, and to copy lets other threads run.
    with ThreadPoolExecutor(SIDE_BY_SIDE, "join") as threads:
        logs = [(log, kind) for kind in kinds if (log := log_of(kind)) is not None]
        made = list(threads.map(lambda each: _joined(store, reports, *each), logs))
    scratch = store.scratch()
    with written(store.path), scratch.open("wb") as file:
        rejected = _write_rejected(store, reports, file, places)
    reach("backfill.before_logs")
    if rejected is None:
        scratch.unlink()
        store.remove(REJECTED)
    else:
        made.append((scratch, rejected))
    for path, joined_log in made:
        store.publish(path, joined_log.name)
    return [joined_log for _, joined_log in made]


def _joined(store: Store, reports: Sequence[Report], log: str, kind: str) -> tuple[Path, LogFile]:
    """Write the parts of a kind one behind the other; return where, and what is there."""
    scratch = store.scratch()
    with written(store.path), scratch.open("wb") as file:
        joined = CountedFile(file)
        for data in blocks_of(store, reports, kind):
            joined.write(data)
    return scratch, LogFile(log, joined.size_bytes, joined.crc)


def log_of(kind: str) -> str | None:
    """Return the log to which the parts of a kind are joined, None if they are not."""
    return kind if kind.startswith(OUTPUTS) else LOG_KINDS.get(kind)


def blocks_of(store: Store, reports: Sequence[Report], kind: str) -> Iterator[bytes]:
    """Yield what the parts of a kind hold, in order.

    Raises:
        ResultLogError: one holds other bytes than were written; it is said how to have it again.
    """
    for window, report in enumerate(reports):
        part = report.files[kind]
        if not part.size_bytes:
            continue
        crc = 0
        with store.open(part.name) as file:
            while data := file.read(COPY_BYTES):
                crc = crc32(data, crc)
                yield data
        if crc != part.crc:
            marker = store.path / marker_of(stem(window, report.key))
            raise ResultLogError(
                f"{store.path / part.name} is damaged: it has other bytes than were written",
                fix=f"remove {marker}: the same command computes this partition again",
                code="Z605",
            )


def _write_rejected(
    store: Store, reports: Sequence[Report], log: IO[bytes], places: Places
) -> LogFile | None:
    """Write the rejected rows by file and offset, of those at one place the first."""
    size_bytes = crc = lines = 0
    last: tuple[int, int] | None = None
    with ExitStack() as stack:
        parts = []
        for window, report in enumerate(reports):
            part = report.files["rejected"]
            if part.size_bytes:
                file = stack.enter_context(store.open(part.name))
                parts.append(_rejected_rows(file, window))
        for (number, offset), window, row in heapq.merge(*parts, key=lambda each: each[0]):
            if (number, offset) == last:
                continue
            last = number, offset
            _, counted, _, column, value, reason, code = row.rejection
            line = places.line_of(window, number, counted)
            name = places.names[number]
            rejection = Rejection(name, line, offset, column, value, reason, RowCode(code))
            data = rejection.as_line()
            log.write(data)
            lines += 1
            size_bytes += len(data)
            crc = crc32(data, crc)
    return LogFile(REJECTED, size_bytes, crc, lines) if size_bytes else None


def _rejected_rows(
    file: IO[bytes], window: int
) -> Iterator[tuple[tuple[int, int], int, RejectedRow]]:
    decoder = msgspec.json.Decoder(RejectedRow)
    for line in file:
        row = decoder.decode(line)
        yield (row.number, row.rejection[2]), window, row
