"""What CURVE costs: the parts of a run over tcp on this machine, with keys and without, in turn.

Seconds are those of `zreplay serve`, from its start to its end, when all is committed; a sink and
two workers wait for it. CPU is of all four.
"""

import os
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from protocol.program.key_folder import add_key, new_folder
from scripts.bench_parts.pipeline import FULL_SPEED, Plan
from scripts.bench_parts.queue_servers import free_port
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread, alternate, ratio
from scripts.bench_parts.usage import cpu_seconds
from tests.end_to_end.processes import Parts, parts, start

ROWS = 5_000_000
ROUNDS = 9
WORKERS = 2
PLAIN, KEYED = "without keys", "with keys"


class Taken(NamedTuple):
    """What one replay took."""

    seconds: float
    cpu_seconds: float


def curve(plan: Plan) -> Section:
    """Over tcp with CURVE and without, in turn."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)
    contenders = {
        PLAIN: partial(over_tcp, file, is_keyed=False),
        KEYED: partial(over_tcp, file, is_keyed=True),
    }
    runs = alternate(plan.rounds or ROUNDS, contenders)
    section = Section("curve", f"{rows:,} rows over tcp at full speed, {WORKERS} workers")
    section.rows = [
        {
            "": name,
            "quotes a second": Spread.of(rows / each.seconds for each in taken),
            "CPU s": Spread.of(each.cpu_seconds for each in taken),
            "rate beside that without": _ratio("seconds", runs[PLAIN], taken),
            "CPU beside that without": _ratio("cpu_seconds", taken, runs[PLAIN]),
        }
        for name, taken in runs.items()
    ]
    section.figures["rate_with_curve"] = _ratio("seconds", runs[PLAIN], runs[KEYED]).median
    return section


def over_tcp(file: Path, *, is_keyed: bool) -> Taken:
    """Replay a file to a sink and workers that wait for it."""
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as name, parts(Path(name)) as these:
        keys = Path(name) / "keys"
        if is_keyed:
            new_folder(keys)
            add_key(keys, "worker", "worker")

        def key(of: str) -> tuple[object, ...]:
            return ("--key", keys / f"{of}.key") if is_keyed else ()

        these.batches, these.results, these.sync, these.control = (
            f"tcp://127.0.0.1:{free_port()}" for _ in range(4)
        )
        sink = ("--bind", these.results, "--sync", these.sync, "--out", these.out)
        worker = ("--source", these.batches, "--sink", these.results, *key("worker"))
        others = [_ready(these, "sink", *sink, *key("sink"))]
        others += [_ready(these, "worker", *worker) for _ in range(WORKERS)]
        began = time.monotonic()
        serve = these.serve(file, *FULL_SPEED, "--exit-when-done", *key("replayer"))
        _, status, usage = os.wait4(serve.pid, 0)
        seconds = time.monotonic() - began
        serve.returncode = os.waitstatus_to_exitcode(status)
        if serve.returncode:
            raise SystemExit(f"zreplay serve ended with {serve.returncode}")
        return Taken(seconds, usage.ru_utime + usage.ru_stime + cpu_seconds(others))


def _ready(these: Parts, *words: object) -> int:
    """Start a part of zmid; return its process once it says that it is ready."""
    process = these.keep(start("zmid", *words, stderr=subprocess.PIPE))
    assert process.stderr is not None
    while "ready" not in (line := process.stderr.readline()):
        if not line:
            raise SystemExit(f"zmid {words[0]} has ended")
    return process.pid


def _ratio(what: str, of: list[Taken], to: list[Taken]) -> Spread:
    return ratio((getattr(each, what) for each in of), (getattr(each, what) for each in to))
