"""Group 1: a recording to both logs, against what a user would write instead.

Seconds are those of the whole command, including the start of the interpreter and of all
processes. All write the same lines, which is checked each time.
"""

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from scripts.bench_parts.peers import OTHER_LINES, PACKAGES, compared, install, run_peer
from scripts.bench_parts.pipeline import FULL_SPEED, Plan, run_file
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Row, Section
from scripts.bench_parts.rounds import Spread, alternate, once, ratio
from scripts.bench_parts.usage import MIB, Usage

ROWS = 5_000_000
ROUNDS = 5
PLAIN_PYTHON_ROWS = 1_000_000
OURS = "zreplay"
FIGURES = {"duckdb": "rate_to_duckdb", "polars": "rate_to_polars"}


def end_to_end(plan: Plan) -> Section:
    """Measure pipeline and alternatives in turn."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)
    peers = [name for name in _installed(plan.against) if _can_do(name, rows)]
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as kept:
        folder = Path(kept)

        def ours(*, is_watched: bool) -> Usage:
            options = (*FULL_SPEED, "--workers", "2")
            return run_file(plan, file, *options, out=folder / OURS, is_watched=is_watched)[0]

        def contenders(*, is_watched: bool) -> dict[str, Callable[[], Usage]]:
            theirs = {
                name: partial(run_peer, name, file, folder / name, is_watched=is_watched)
                for name in peers
            }
            return {OURS: partial(ours, is_watched=is_watched), **theirs}

        watched = once("memory", contenders(is_watched=True))
        runs = alternate(plan.rounds or ROUNDS, contenders(is_watched=False), warm_up=())
        sameness = {name: compared(folder / OURS, folder / name) for name in peers}
    section = Section("end_to_end", f"{rows:,} rows, end to end")
    section.rows = [
        {
            **_row(name, rows, runs),
            "peak MiB, all processes": sum(watched[name].memory.peaks().values()) / MIB,
            "lines": sameness.get(name, ""),
        }
        for name in runs
    ]
    section.commands = {name: outcomes[0].command for name, outcomes in runs.items()}
    for name in peers:
        if name in FIGURES and rows == ROWS and sameness[name] != OTHER_LINES:
            section.figures[FIGURES[name]] = _ratio(runs, name).median
    return section


def _installed(names: tuple[str, ...]) -> list[str]:
    install([PACKAGES[name] for name in names])
    missing = [name for name in names if not find_spec(PACKAGES[name])]
    for name in missing:
        print(f"{name} is not installed: skipped", file=sys.stderr)
    return [name for name in names if name not in missing]


def _can_do(name: str, rows: int) -> bool:
    if name != "plain_python" or rows <= PLAIN_PYTHON_ROWS:
        return True
    print(f"plain Python is measured up to {PLAIN_PYTHON_ROWS:,} rows: skipped", file=sys.stderr)
    return False


def _ratio(runs: dict[str, list[Usage]], name: str) -> Spread:
    return ratio((run.seconds for run in runs[name]), (run.seconds for run in runs[OURS]))


def quietest(runs: dict[str, list[Usage]]) -> int:
    """Return the round with the least other work on the machine."""
    rounds = zip(*runs.values(), strict=True)
    return min(
        enumerate(sum(run.others_cores for run in each) for each in rounds),
        key=lambda numbered: numbered[1],
    )[0]


def _row(name: str, rows: int, runs: dict[str, list[Usage]]) -> Row:
    own = runs[name]
    ratios = [run.seconds / our.seconds for run, our in zip(own, runs[OURS], strict=True)]
    cpu = ratio((run.cpu_seconds for run in own), (run.cpu_seconds for run in runs[OURS]))
    return {
        "": name,
        "quotes a second": Spread.of(rows / run.seconds for run in own),
        "CPU s": Spread.of(run.cpu_seconds for run in own),
        "zreplay is x times as fast": _ratio(runs, name),
        "quietest round": ratios[quietest(runs)],
        "its CPU / zreplay's": cpu,
    }
