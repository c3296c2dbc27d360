"""Batches with tickers and amounts, and processors as a worker loads them."""

import struct
from pathlib import Path
from typing import Any

from protocol.declaration import Declaration
from protocol.messages import HISTORICAL, Batch, Columns
from zmid.processors.computing import Loaded
from zmid.processors.processor import Processor

FIRST = 1000


def batch(count: int = 6, first: int = FIRST) -> Batch:
    """Return quotes of three tickers: every third of A, B and C."""
    rows = range(first, first + count)

    def f8(of: Any) -> bytes:
        return struct.pack(f"<{count}d", *map(of, rows))

    present = [*dict.fromkeys("ABC"[row % 3] for row in rows)]
    columns = Columns(
        index=struct.pack(f"<{count}q", *rows),
        timestamp_ns=struct.pack(f"<{count}q", *(row * 10**9 for row in rows)),
        latency_ms=f8(lambda row: 1.0),
        ask_amount=f8(lambda row: 1.0),
        ask_price=f8(lambda row: row + 2.0),
        bid_price=f8(lambda row: row + 0.0),
        bid_amount=f8(lambda row: 3.0),
        ticker_names=tuple(present),
        ticker_codes=struct.pack(f"<{count}i", *(present.index("ABC"[row % 3]) for row in rows)),
    )
    return Batch(bytes(16), 1, first, count, 0, "start", HISTORICAL, 1, b"cursor", 0, "", columns)


def loaded(processor: Processor, **parameters: Any) -> Loaded:
    files = tuple(output.file for output in processor.outputs)
    declaration = Declaration(processor.name, b"d" * 16, "", files)
    return Loaded(processor, parameters, declaration, str(Path(__file__)))
