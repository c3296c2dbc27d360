"""Whichever part is missing, nothing grows, nothing spins, and the operator gets answers."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, Parts, parts, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
PROC = Path("/proc")
WINDOW = 5000
LOOKS = 30
LOOK_SECONDS = 0.1
SETTLED_SECONDS = 0.5
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Load:
    """What a process has used and holds."""

    cpu_seconds: float
    resident_bytes: int


def load_of(pid: int) -> Load:
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return Load(ticks / TICKS_PER_SECOND, int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))


def in_flight(these: Parts) -> int:
    status = these.try_to_ask("status")
    return int(status["in_flight"]["quotes"]) if status else 0


@pytest.mark.skipif(not PROC.exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("missing", ["sink", "workers", "a worker"])
def test_a_run_that_cannot_go_on_holds_its_window_and_does_nothing(
    tmp_path: Path, missing: str
) -> None:
    with parts(tmp_path) as these:
        options = ("--speed", "max", "--batch", 100, "--window", WINDOW, "--exit-when-done")
        running = {"sink": these.sink(), "a worker": these.worker()}
        if missing == "workers":
            running["a worker"].kill()
            del running["a worker"]
        else:
            until(lambda: (these.out / "commit.ring").exists(), "the sink to be ready")
            running[missing].send_signal(signal.SIGSTOP)
        serve = running["replayer"] = these.serve(SAMPLE, *options)
        until(lambda: is_stopped(these), "it to stand still")
        before = until(lambda: settled_loads(running), "what was begun to be done")
        seen = []
        for _ in range(LOOKS):
            time.sleep(LOOK_SECONDS)
            seen.append(in_flight(these))
        after = loads(running)
        if missing == "workers":
            these.worker()
        else:
            running[missing].send_signal(signal.SIGCONT)
        code = serve.wait(60)

        assert max(seen) <= WINDOW
        for name, load in after.items():
            spent = load.cpu_seconds - before[name].cpu_seconds
            assert spent < 0.2 * LOOKS * LOOK_SECONDS, f"{name} spins"
            assert load.resident_bytes - before[name].resident_bytes < 2 * MIB, f"{name} grows"
        assert 0 == code
        assert reference_logs([SAMPLE])[:2] == these.logs()


def is_stopped(these: Parts) -> bool:
    """Return whether all that can leave has left."""
    status = these.try_to_ask("status")
    return status is not None and (
        status["state"] in ("BLOCKED", "NO WORKERS", "WAITING") and bool(status["waits_for"])
    )


def settled_loads(running: dict[str, subprocess.Popen[str]]) -> dict[str, Load] | None:
    """Return what each process holds, once none took memory for a while.

    The first blocks of the files are still being read while nothing leaves.
    """
    before = loads(running)
    time.sleep(SETTLED_SECONDS)
    now = loads(running)
    is_settled = all(
        now[name].resident_bytes == load.resident_bytes for name, load in before.items()
    )
    return now if is_settled else None


def loads(running: dict[str, subprocess.Popen[str]]) -> dict[str, Load]:
    return {name: load_of(process.pid) for name, process in running.items()}
