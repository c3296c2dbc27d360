"""Group 12: a recording in order of arrival as Parquet and CSV, against `COPY (... ORDER BY ...)`.

DuckDB reads the same file with two threads, orders it and writes the same columns. Ratios are taken
within a round.
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
from scripts.bench_parts.rounds import Spread, alternate, once, ratio
from scripts.bench_parts.usage import MIB, Usage, measured

ROWS: Final = 5_000_000
ROUNDS: Final = 3
PEER: Final = "duckdb"
PEER_KINDS: Final = (".parquet", ".csv", ".csv.gz", ".csv.zst")
KINDS: Final = (*PEER_KINDS, ".arrow")


def conversion(plan: Plan) -> Section:
    """Conversion to each kind of file against DuckDB; --rows 500k for half a minute."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)
    wants_peer = PEER in plan.against
    if wants_peer:
        install([PEER])
    has_peer = wants_peer and is_installed(PEER)
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder:

        def contenders(*, is_watched: bool) -> dict[str, Callable[[], Usage]]:
            found: dict[str, Callable[[], Usage]] = {}
            for kind in KINDS:
                out = Path(folder) / f"quotes{kind}"
                found[kind] = _ours(plan, file, out, is_watched)
                if has_peer and kind in PEER_KINDS:
                    found[f"{kind}: {PEER}"] = _theirs(file, out, is_watched)
            return found

        watched = once("memory", contenders(is_watched=True))
        runs = alternate(plan.rounds or ROUNDS, contenders(is_watched=False), warm_up=())
    section = Section("convert", f"{rows:,} rows of a CSV in order of arrival, by kind of file")
    section.rows = [_row(kind, rows, runs, watched) for kind in KINDS]
    section.commands = {name: usages[0].command for name, usages in runs.items()}
    return section


def _ours(plan: Plan, file: Path, out: Path, is_watched: bool) -> Callable[[], Usage]:
    command = [*plan.zreplay, "convert", str(file), "--to", str(out), "--force"]
    return lambda: measured(command, is_watched=is_watched)


def _theirs(file: Path, out: Path, is_watched: bool) -> Callable[[], Usage]:
    peer = FOLDER / "duckdb_convert.py"

    def run() -> Usage:
        out.unlink(missing_ok=True)
        return measured([sys.executable, str(peer), str(file), str(out)], is_watched=is_watched)

    return run


def _row(kind: str, rows: int, runs: dict[str, list[Usage]], watched: dict[str, Usage]) -> Row:
    of_peer_kind = f"{kind}: {PEER}"
    ours, theirs = runs[kind], runs.get(of_peer_kind, [])
    row: Row = {
        "": kind,
        "seconds": Spread.of(usage.seconds for usage in ours),
        "quotes a second": Spread.of(rows / usage.seconds for usage in ours),
        "CPU s": Spread.of(usage.cpu_seconds for usage in ours),
        "peak MiB": _peak_mib(watched[kind]),
    }
    of_peer: Row = dict.fromkeys(("DuckDB, s", "its time / ours", "its CPU / ours", "its MiB"), "")
    if theirs:
        of_peer = {
            "DuckDB, s": Spread.of(usage.seconds for usage in theirs),
            "its time / ours": ratio((u.seconds for u in theirs), (u.seconds for u in ours)),
            "its CPU / ours": ratio((u.cpu_seconds for u in theirs), (u.cpu_seconds for u in ours)),
            "its MiB": _peak_mib(watched[of_peer_kind]),
        }
    return row | of_peer


def _peak_mib(usage: Usage) -> float:
    return max(usage.memory.peaks().values(), default=0) / MIB
