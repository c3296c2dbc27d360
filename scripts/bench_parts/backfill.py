"""Group 15: a backfill beside a run of the same days; what a partition, a worker and a file cost.

The CPU of its workers is what the kernel says once they have ended; that of a cluster is read
before and behind each command. Nobody looks on meanwhile, but in a round of its own for memory.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from scripts.bench_parts.file_sets import FileSet, as_whole_days, in_turn
from scripts.bench_parts.machine import count_as_own
from scripts.bench_parts.orphans import Orphans
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.report import Row, Section
from scripts.bench_parts.rounds import Spread, alternate, once, ratio
from scripts.bench_parts.usage import MIB, Usage, cpu_seconds, measured, tree

ROWS: Final = 5_000_000
ROUNDS: Final = 3
DAYS: Final = 24
SMALL_ROWS: Final = 1_000
RUN: Final = "run, 2 workers"
ONE: Final = "1 worker"
ONE_CORE: Final = "1 worker, on one core"
TWO: Final = "2 workers"
PARQUET: Final = "2 workers, Parquet"
CLUSTER: Final = "Dask, 2 workers"
SMALL: Final = f"1 worker, files of {SMALL_ROWS:,} quotes"


class Trial(NamedTuple):
    """What a command took, the CPU of all processes, and when its first part was there."""

    usage: Usage
    cpu_seconds: float
    first_part_seconds: float | None
    said: dict[str, Any]


def backfill(plan: Plan) -> Section:
    """A backfill beside a run: CPU, workers, the first part, memory, what a partition costs."""
    rows = plan.rows or ROWS
    few = min(rows, 1_000_000)
    days = _days("backfill-whole-days", rows, DAYS).pattern(plan.cache)
    small = _days("backfill-small-days", few, max(1, few // SMALL_ROWS)).pattern(plan.cache)
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder:
        out = Path(folder)

        def contenders(*, is_watched: bool) -> dict[str, Callable[[], Trial]]:
            ours = partial(_ours, is_watched=is_watched)
            on_one_core = _on_one_core(plan)
            return {
                RUN: partial(_run, plan, days, out / "run", is_watched=is_watched),
                ONE: partial(ours, plan, days, out / "one", "--workers", "1"),
                ONE_CORE: partial(ours, on_one_core, days, out / "core", "--workers", "1"),
                TWO: partial(ours, plan, days, out / "two", "--workers", "2"),
                PARQUET: partial(ours, plan, days, out / "table", "--workers", "2", "--parquet"),
                SMALL: partial(ours, plan, small, out / "small", "--workers", "1"),
            }

        watched = once("memory", contenders(is_watched=True))
        chosen = contenders(is_watched=False)
        with _cluster(out / "dask") as cluster:
            if cluster is not None:
                pids = [process.pid for process in cluster.workers]
                found = ("--scheduler", str(cluster.file))
                chosen[CLUSTER] = partial(_ours, plan, days, out / "far", *found, pids=pids)
            warm_up = [CLUSTER] if CLUSTER in chosen else []
            trials = alternate(plan.rounds or ROUNDS, chosen, warm_up=warm_up)
    section = Section("backfill", f"{rows:,} quotes in {DAYS} days, .csv.gz")
    section.rows = [_row(name, few if name == SMALL else rows, trials) for name in chosen]
    for row in section.rows:
        if (name := str(row[""])) in watched:
            peaks = watched[name].usage.memory.peaks()
            row["peak MiB of a process"] = max(peaks.values(), default=0) / MIB
    section.commands = {name: found[0].usage.command for name, found in trials.items()}
    section.notes = [_of_a_partition(trials, few, rows), _of_the_command(trials[TWO])]
    return section


def _days(name: str, rows: int, files: int) -> FileSet:
    return FileSet(name, rows, files, ".csv.gz", in_turn(files, rows), as_whole_days(files, rows))


def _on_one_core(plan: Plan) -> Plan:
    """Return the same, on the first core that may be used: a worker has threads for more."""
    if (tool := shutil.which("taskset")) is None:
        return plan
    return replace(plan, zreplay=[tool, "-c", str(min(os.sched_getaffinity(0))), *plan.zreplay])


def _run(plan: Plan, files: Path, out: Path, *, is_watched: bool) -> Trial:
    own = ("--speed", "max", "--workers", "2", "--fresh", "--out", str(out), "--json")
    usage = measured([*plan.zreplay, "run", str(files), *own], is_watched=is_watched)
    return Trial(usage, usage.cpu_seconds, None, {})


def _ours(
    plan: Plan,
    files: Path,
    out: Path,
    *options: str,
    pids: Sequence[int] = (),
    is_watched: bool = False,
) -> Trial:
    """Run a backfill; `pids` are the processes of a cluster that does its work."""
    shutil.rmtree(out, ignore_errors=True)
    command = [*plan.zreplay, "backfill", str(files), "--out", str(out), "--json", *options]
    orphans, before_seconds, begun = Orphans(), _cpu_seconds_below(pids), time.time()
    usage = measured(command, is_watched=is_watched)
    of_cluster_seconds = _cpu_seconds_below(pids) - before_seconds
    count_as_own(of_cluster_seconds)
    elsewhere_seconds = orphans.cpu_seconds() + of_cluster_seconds
    said = msgspec.json.decode(usage.printed, type=dict[str, Any])
    first = min(marker.stat().st_mtime for marker in out.glob("done/*.json"))
    return Trial(usage, usage.cpu_seconds + elsewhere_seconds, first - begun, said)


def _cpu_seconds_below(pids: Sequence[int]) -> float:
    return cpu_seconds([each for pid in pids for each in tree(pid)])


@contextlib.contextmanager
def _cluster(folder: Path) -> Any:
    """Give a scheduler with two workers, None where there is no Dask."""
    try:
        import distributed  # noqa: F401
    except ImportError:
        print("distributed is not installed: no cluster is measured", file=sys.stderr)
        yield None
        return
    from tests.end_to_end.dask_cluster import dask_processes

    with dask_processes(folder) as cluster:
        for _ in range(2):
            cluster.add_worker()
        time.sleep(5)  # so that they are there, which is not measured
        yield cluster


def _row(name: str, rows: int, trials: dict[str, list[Trial]]) -> Row:
    own, of_run = trials[name], trials[RUN]
    row: Row = {
        "": name,
        "seconds": Spread.of(each.usage.seconds for each in own),
        "quotes a second": Spread.of(rows / each.usage.seconds for each in own),
        "CPU s": Spread.of(each.cpu_seconds for each in own),
    }
    if name != SMALL:
        row["CPU / of the run"] = ratio(
            (each.cpu_seconds for each in own), (each.cpu_seconds for each in of_run)
        )
        for other in (ONE, ONE_CORE):
            row[f"rate / of {other}"] = ratio(
                (each.usage.seconds for each in trials[other]),
                (each.usage.seconds for each in own),
            )
    first = [each.first_part_seconds for each in own if each.first_part_seconds is not None]
    if first:
        row["first part, s"] = Spread.of(first)
    return row


def _of_a_partition(trials: dict[str, list[Trial]], few: int, rows: int) -> str:
    """Say what a partition costs beside its quotes."""
    costs = []
    for small, large in zip(trials[SMALL], trials[ONE], strict=True):
        windows = small.said["windows"]
        costs.append((small.cpu_seconds - large.cpu_seconds * few / rows) * 1000 / windows)
    spread = Spread.of(costs)
    return f"CPU of a partition beside its quotes: {spread.median:.1f} ms"


def _of_the_command(trials: list[Trial]) -> str:
    """Say how much the command itself takes: it plans, proves and joins, and has one core."""
    share = Spread.of(each.usage.cpu_seconds / each.cpu_seconds for each in trials)
    return f"CPU of the command itself, of all with {TWO}: {100 * share.median:.0f} %"
