"""Folders as runs leave them, made without a run."""

import json
from pathlib import Path
from typing import Any

from protocol.messages import Batch
from tests.zmid.processors.recorded import batch
from tests.zreplay.test_result_tables import TABLES, Sink
from zreplay.supervision.rate_record import RateRecord
from zreplay.supervision.rate_row import RateRow
from zreplay.supervision.run_folder import new_run_file, write_run_file

SUMMARY: dict[str, Any] = {
    "complete": True,
    "quotes": 1_007,
    "mids": 1_000,
    "latency_skipped": 4,
    "rejected": 3,
    "seconds": 2.5,
    "quotes_per_second": 403,
    "formats": {"zreplay (by its columns)": 1},
    "lateness_ns": {"p50": 1_000_000, "p99": 2_000_000, "max": 3_000_000},
    "age_ns": None,
}


def run_folder(
    folder: Path, *batches: Batch, has_table: bool = True, rule: str = "--latency-threshold 20.0"
) -> Path:
    """Make the folder of a run that was over, of these batches."""
    Sink(folder, TABLES if has_table else []).commit(*(batches or (batch(4), batch(3, 1_004))))
    run_file = new_run_file("ab" * 16, rule, folder, {"files": "quotes.csv", "--tickers": "<b>"})
    run_file.summary = SUMMARY
    write_run_file(folder, run_file)
    return folder


def with_rates(folder: Path, count: int = 5) -> Path:
    record = RateRecord(folder / "rates.jsonl")
    for n in range(count):
        record.append(RateRow(n * 10**9, "RUNNING", "historical", 9 * n, 8 * n, n, 0, 2, 10**6))
    return folder


def with_rejected(folder: Path, *values: str) -> Path:
    lines = [
        {"code": "Z101", "file": "a.csv", "line": n, "column": "bid_price", "value": value}
        | {"reason": "not a number", "offset": 0}
        for n, value in enumerate(values)
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "rejected.log").write_text(f'{text}{{"code": "torn')
    return folder
