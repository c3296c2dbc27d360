"""Group 15: a backfill beside a run of the same days; what a partition, a worker and a file cost.

The CPU of its workers, which nobody waits for, is read from /proc while they run: what they used
since the last look is missing, 0.05 s each at most.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from scripts.bench_parts.file_sets import FileSet, as_whole_days, in_turn
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.report import Row, Section
from scripts.bench_parts.rounds import Spread, alternate, ratio
from scripts.bench_parts.usage import LOOK_SECONDS, MIB, Usage, cpu_seconds, measured

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
        contenders: dict[str, Callable[[], Trial]] = {
            RUN: lambda: _run(plan, days, out / "run"),
            ONE: lambda: _ours(plan, days, out / "one", "--workers", "1"),
            ONE_CORE: lambda: _ours(_on_one_core(plan), days, out / "core", "--workers", "1"),
            TWO: lambda: _ours(plan, days, out / "two", "--workers", "2"),
            PARQUET: lambda: _ours(plan, days, out / "table", "--workers", "2", "--parquet"),
            SMALL: lambda: _ours(plan, small, out / "small", "--workers", "1"),
        }
        with _cluster(out / "dask") as cluster:
            if cluster is not None:
                pids = [process.pid for process in cluster.workers]
                found = ("--scheduler", str(cluster.file))
                contenders[CLUSTER] = lambda: _ours(plan, days, out / "far", *found, pids=pids)
            trials = alternate(plan.rounds or ROUNDS, contenders)
    section = Section("backfill", f"{rows:,} quotes in {DAYS} days, .csv.gz")
    section.rows = [_row(name, few if name == SMALL else rows, trials) for name in contenders]
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


def _run(plan: Plan, files: Path, out: Path) -> Trial:
    own = ("--speed", "max", "--workers", "2", "--fresh", "--out", str(out), "--json")
    usage = measured([*plan.zreplay, "run", str(files), *own])
    return Trial(usage, usage.cpu_seconds, None, {})


def _ours(
    plan: Plan, files: Path, out: Path, *options: str, pids: list[int] | None = None
) -> Trial:
    shutil.rmtree(out, ignore_errors=True)
    command = [*plan.zreplay, "backfill", str(files), "--out", str(out), "--json", *options]
    watch = _Watch(out, pids or [])
    usage = measured(command)
    watch.end()
    said = msgspec.json.decode(usage.printed, type=dict[str, Any])
    return Trial(usage, usage.cpu_seconds + watch.workers_seconds, watch.first_seconds, said)


class _Watch(threading.Thread):
    """Looks for the first marker, and at the CPU of processes below this one or of `pids`."""

    def __init__(self, out: Path, pids: list[int]) -> None:
        super().__init__()
        self.first_seconds: float | None = None
        self._out = out
        self._tops = pids
        self._before = cpu_seconds(_below(pids))
        self._others = {*_children(os.getpid())}  # the cluster, whose workers are not ours
        self._seen: dict[int, float] = {}
        self._ended = threading.Event()
        self._begun = time.monotonic()
        self.start()

    @property
    def workers_seconds(self) -> float:
        return sum(self._seen.values()) - self._before

    def run(self) -> None:
        own = os.getpid()
        while not self._ended.wait(LOOK_SECONDS):
            if self.first_seconds is None and any(self._out.glob("done/*.json")):
                self.first_seconds = time.monotonic() - self._begun
            # The command itself is waited for, and counted by who does.
            pids = _below(self._tops) if self._tops else _grandchildren(own, self._others)
            for pid in pids:
                used = cpu_seconds([pid])
                self._seen[pid] = max(used, self._seen.get(pid, 0.0))

    def end(self) -> None:
        self._ended.set()
        self.join()


def _below(pids: list[int]) -> list[int]:
    found: list[int] = []
    for pid in pids:
        found += [pid, *_below(_children(pid))]
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def _grandchildren(pid: int, others: set[int]) -> list[int]:
    mine = [child for child in _children(pid) if child not in others]
    return [each for child in mine for each in _below(_children(child))]


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
    peaks = [max(each.usage.memory.peaks().values(), default=0) / MIB for each in own]
    if name != CLUSTER and any(peaks):
        row["peak MiB of a process"] = max(peaks)
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
