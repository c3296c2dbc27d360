"""Group 6, third part: the CPU that the processes use while there is nothing to do.

Kernel ticks of the command and all its descendants (Linux), over ten seconds: of a paused run, of
parts at the end of their files, and of parts whose live feed is silent.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bench_parts.commits import committed
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.resume import running
from scripts.bench_parts.usage import cpu_seconds, tree
from tests.end_to_end.processes import finish, parts, until

ROWS = 165_000
FEW_ROWS = 1_000
SETTLE_SECONDS = 2.0
WATCHED_SECONDS = 10.0


def idle(plan: Plan) -> Section:
    """CPU of all processes when paused, at the end of the files, and without live quotes."""
    states = {
        "zreplay run, paused": _paused,
        "serve, two workers, sink: files at their end": _at_end,
        "the same, connected to a feed that is silent": _silent,
    }
    section = Section("idle", f"CPU of all processes over {WATCHED_SECONDS:g} s")
    percents = {name: _percent(state, plan) for name, state in states.items()}
    section.rows = [{"": name, "% of a core": percent} for name, percent in percents.items()]
    section.figures = {"idle_percent": max(percents.values())}
    return section


def _percent(state: Callable[[Plan, Path], Iterator[list[int]]], plan: Plan) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder,
        contextmanager(state)(plan, Path(folder)) as pids,
    ):
        time.sleep(SETTLE_SECONDS)
        before, began = cpu_seconds(pids), time.monotonic()
        time.sleep(WATCHED_SECONDS)
        return 100 * (cpu_seconds(pids) - before) / (time.monotonic() - began)


def _paused(plan: Plan, folder: Path) -> Iterator[list[int]]:
    out = folder / "out"
    file = recording(ROWS, plan.cache)
    with running([*plan.zreplay, "run", str(file), "--out", str(out)]) as process:
        until(lambda: committed(out), "a first line")
        finish("zreplay", "ctl", "--out", out, "pause")
        yield list(tree(process.pid))


def _at_end(plan: Plan, folder: Path) -> Iterator[list[int]]:
    with parts(folder) as these:
        started = [
            these.serve(recording(FEW_ROWS, plan.cache), "--speed", "max"),
            *(part() for part in (these.worker, these.worker, these.sink)),
        ]
        until(lambda: committed(these.out) == FEW_ROWS, "all lines")
        yield [process.pid for process in started]


def _silent(plan: Plan, folder: Path) -> Iterator[list[int]]:
    port_file = folder / "port"
    with parts(folder) as these:
        feed = (recording(FEW_ROWS, plan.cache), "--port", 0, "--port-file", port_file)
        these.feed(*feed, "--speed", "max")
        until(lambda: port_file.exists() and port_file.read_text().strip(), "the feed")
        address = f"ws://127.0.0.1:{port_file.read_text().strip()}"
        started = [
            these.serve("--live", address, "--mode", "live"),
            *(part() for part in (these.worker, these.worker, these.sink)),
        ]
        until(lambda: committed(these.out) == FEW_ROWS, "all lines")
        yield [process.pid for process in started]
