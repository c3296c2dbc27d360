"""Group 6, second part: how long until lines are committed, at the start and after a kill.

The clock starts with the command. Records are committed when the ring says so, which is polled
every five milliseconds. The kill is SIGKILL to the command and all its descendants at once, when
nine tenths of the records are committed.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.bench_parts.commits import committed
from scripts.bench_parts.machine import count_as_own
from scripts.bench_parts.pipeline import FULL_SPEED, Plan
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.usage import ROOT, cpu_seconds, tree

ROWS = 5_000_000
ROUNDS = 5
KILLED_AT = 0.9
LOOK_SECONDS = 0.005


def resume(plan: Plan) -> Section:
    """First committed line after the start, next one after a kill of everything at 90 %."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)
    first, after_kill = [], []
    for _ in range(plan.rounds or ROUNDS):
        with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder:
            out = Path(folder)
            command = [*plan.zreplay, "run", str(file), *FULL_SPEED, "--out", str(out), "--json"]
            with running(command) as process:
                first.append(_seconds_to(out, 1, process))
                _seconds_to(out, int(KILLED_AT * rows), process)
            before = committed(out)
            with running(command) as process:
                after_kill.append(_seconds_to(out, before + 1, process))
    section = Section("resume", f"seconds to a committed line, {rows:,} rows at full speed")
    section.rows = [
        {"": "first line after the start", "seconds": Spread.of(first)},
        {"": "next line after kill -9 of everything at 90 %", "seconds": Spread.of(after_kill)},
    ]
    section.figures = {
        "first_line_s": Spread.of(first).median,
        "resume_s": Spread.of(after_kill).median,
    }
    return section


@contextlib.contextmanager
def running(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command during the block; then kill it and all its descendants."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        yield process
    finally:
        pids = list(tree(process.pid))
        count_as_own(cpu_seconds(pids[1:]))
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _seconds_to(out: Path, records: int, process: "subprocess.Popen[bytes]") -> float:
    """Return the seconds until this many records are committed."""
    began = time.monotonic()
    while committed(out) < records:
        if process.poll() is not None:
            raise RuntimeError(f"the run ended with {process.returncode} before {records} records")
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - began
