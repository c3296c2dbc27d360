"""How long a seek in an indexed CSV takes: until its place is found, and until quotes are there.

The places are spread over the file; the page cache is as it is.
"""

import time
from pathlib import Path

from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.files_span import span_of
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.indexing import make_indexes
from zreplay.historical.seek import Sought, cursor_from

ROWS = 5_000_000
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
REORDER_NS = 5_000_000_000


def seek(plan: Plan) -> Section:
    """A seek in a CSV: the place by its index, then the first quotes."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)
    make_indexes([file])
    span = span_of([file])
    assert span.first_ns is not None
    assert span.last_ns is not None
    found, read = [], []
    for share in SHARES * (plan.rounds or 1):
        arrival_ns = span.first_ns + int(share * (span.last_ns - span.first_ns))
        began = time.perf_counter()
        indexes = FileIndexes([file])
        sought = cursor_from([file], arrival_ns, REORDER_NS, indexes=indexes)
        found.append(1000 * (time.perf_counter() - began))
        _first_quotes(file, sought, indexes)
        read.append(1000 * (time.perf_counter() - began))
    size = f"{file.stat().st_size / 1e9:.1f} GB"
    section = Section("seek", f"milliseconds of a seek in an indexed CSV of {rows:,} rows, {size}")
    section.rows = [
        {"": "its place is found", "ms": Spread.of(found)},
        {"": "the first quotes are there", "ms": Spread.of(read)},
    ]
    return section


def _first_quotes(file: Path, sought: Sought, indexes: FileIndexes) -> None:
    source = HistoricalSource(
        [file],
        horizon_ns=REORDER_NS,
        late="stop",
        max_rows=2_000_000,
        reject=lambda _: None,
        cursor=sought.cursor,
        begin=sought.begin,
        indexes=indexes,
    )
    while (piece := source.read()) is not None and not len(piece.block):
        pass
    source.close()
