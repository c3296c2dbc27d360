"""What each worker has delivered, from its results. In: results; out: rows for the operator."""

from collections import deque
from typing import Final

import msgspec

from protocol.limits import INT64_MAX
from protocol.messages import Result, WorkerReport

MAX_WORKERS: Final = 1024
REPORTED_WORKERS: Final = 64
BUSY_BATCHES: Final = 128
"""How many of the last batches the time per batch is measured over."""


class _Counts(msgspec.Struct):
    version: str = ""
    quotes: int = 0
    busy_ns: int = 0
    seen_ns: int = 0
    last_busy_ns: deque[int] = msgspec.field(default_factory=lambda: deque(maxlen=BUSY_BATCHES))


class WorkerCounts:
    """The counts of the workers seen last; never more than MAX_WORKERS."""

    def __init__(self) -> None:
        self._workers: dict[str, _Counts] = {}

    def add(self, result: Result, now_ns: int) -> None:
        """Count a result that was accepted."""
        counts = self._workers.pop(result.worker, None) or _Counts()
        counts.version = result.version
        counts.quotes += result.count
        counts.busy_ns = min(INT64_MAX, counts.busy_ns + result.busy_ns)
        counts.seen_ns = now_ns
        counts.last_busy_ns.append(result.busy_ns)
        self._workers[result.worker] = counts
        if len(self._workers) > MAX_WORKERS:
            del self._workers[next(iter(self._workers))]

    def rows(self, now_ns: int) -> tuple[WorkerReport, ...]:
        """Return the workers seen last, by name."""
        latest = list(self._workers.items())[-REPORTED_WORKERS:]
        rows = (
            WorkerReport(
                name,
                counts.quotes,
                counts.busy_ns,
                now_ns - counts.seen_ns,
                _p99(counts),
                counts.version,
            )
            for name, counts in latest
        )
        return tuple(sorted(rows, key=lambda row: row.worker))


def _p99(counts: _Counts) -> int:
    ordered = sorted(counts.last_busy_ns)
    return ordered[-(-99 * len(ordered) // 100) - 1] if ordered else 0
