"""Group 13: what `--table` costs a run at full speed, beside DuckDB writing the same columns.

DuckDB reads the same CSV with two threads, orders it, and writes an Arrow stream; it computes no
logs, and nothing of it survives a kill. Ratios are taken within a round.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from scripts.bench_parts.peers import FOLDER, install, is_installed
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Row, Section
from scripts.bench_parts.rounds import Spread, alternate, ratio
from scripts.bench_parts.usage import Usage, measured

ROWS: Final = 5_000_000
ROUNDS: Final = 5
PEER: Final = "duckdb"
LOGS: Final = "the two logs"
TABLE: Final = "with --table"
OF_PEER: Final = "DuckDB: the table alone"


def result_table(plan: Plan) -> Section:
    """The cost of mids.arrows at full speed, and DuckDB writing its columns."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)
    wants_peer = PEER in plan.against
    if wants_peer:
        install([PEER])
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder:
        out = Path(folder)
        contenders: dict[str, Callable[[], Usage]] = {
            LOGS: _ours(plan, file, out / "logs"),
            TABLE: _ours(plan, file, out / "table", "--table"),
        }
        if wants_peer and is_installed(PEER):
            peer = [sys.executable, str(FOLDER / "duckdb_table.py"), str(file)]
            contenders[OF_PEER] = lambda: measured([*peer, str(out / "mids.arrows")])
        first = [name for name in contenders if name != TABLE]
        runs = alternate(plan.rounds or ROUNDS, contenders, warm_up=first)
    section = Section("table", f"{rows:,} rows at --speed max, with mids.arrows or without")
    section.rows = [_row(name, rows, runs) for name in contenders]
    section.commands = {name: usages[0].command for name, usages in runs.items()}
    return section


def _ours(plan: Plan, file: Path, out: Path, *options: str) -> Callable[[], Usage]:
    command = [*plan.zreplay, "run", str(file), "--speed", "max", "--fresh", "--out", str(out)]
    return lambda: measured([*command, *options])


def _row(name: str, rows: int, runs: dict[str, list[Usage]]) -> Row:
    of_logs, usages = runs[LOGS], runs[name]
    return {
        "": name,
        "seconds": Spread.of(usage.seconds for usage in usages),
        "quotes a second": Spread.of(rows / usage.seconds for usage in usages),
        "CPU s": Spread.of(usage.cpu_seconds for usage in usages),
        "rate / without": ratio((u.seconds for u in of_logs), (u.seconds for u in usages)),
        "CPU / without": ratio((u.cpu_seconds for u in usages), (u.cpu_seconds for u in of_logs)),
    }
