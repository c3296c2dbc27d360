"""The time budget of a quote: CPU of each stage, beside the physical floor.

Measured in one process that calls the production functions on the blocks of a real recording
(scripts/bench_parts/budget_walk.py), with the memory set up as the programs have it.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.bench_parts.pipeline import FULL_SPEED, Plan, run_file
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.usage import measured

ROWS = 1_000_000
FEW_ROWS = 1_000
ROUNDS = 5
CORES = 2
UNIT = "us a quote"


def budget(plan: Plan) -> Section:
    """Time budget of a quote by stage, beside the physical floor."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)
    command = [sys.executable, "-m", "scripts.bench_parts.budget_walk", str(file)]
    few = recording(FEW_ROWS, plan.cache)
    walks, whole, start = [], [], []
    for _ in range(plan.rounds or ROUNDS):
        walked = measured(command, ARROW_DEFAULT_MEMORY_POOL="system")
        walks.append(json.loads(walked.printed))
        whole.append(_cpu_us(plan, file, rows))
        start.append(_cpu_us(plan, few, rows))
    stages = [walk["stages"] for walk in walks]
    totals = Spread.of(sum(stage.values()) for stage in stages)
    section = Section("budget", f"time budget of a quote, {rows:,} rows, CPU {UNIT}")
    cells: dict[str, Iterable[float]] = {name: [s[name] for s in stages] for name in stages[0]}
    cells |= {
        "all of these": [sum(stage.values()) for stage in stages],
        "the whole run, of all its processes": whole,
        f"of it their start and end (a run of {FEW_ROWS:,} quotes)": start,
    }
    for name in walks[0]["floor"]:
        cells[f"floor: {name} (wall)"] = [walk["floor"][name] for walk in walks]
    section.rows = [{"stage": name, UNIT: Spread.of(cells[name])} for name in cells]
    section.notes = [
        f"Perfectly shared by {CORES} cores, all of these would be "
        f"{CORES / totals.median:.2f} million quotes a second."
    ]
    return section


def _cpu_us(plan: Plan, file: Path, rows: int) -> float:
    """Return the CPU of a run, as microseconds per row."""
    usage, _ = run_file(plan, file, *FULL_SPEED)
    return usage.cpu_seconds / rows * 1e6
