"""The machine that a figure was measured on, and its other load: without it a figure is useless."""

import os
import platform
import resource
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from protocol.compiled_parts import PARTS, are_in_use

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("zreplay", "pyzmq", "pyarrow", "numpy", "msgpack", "duckdb", "polars")


def machine() -> dict[str, str | int | float]:
    """Return the processor, the system and the commit that is measured."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": _commit(),
        "compiled": "compiled" if are_in_use(*PARTS) else "not compiled",
    }


def versions() -> dict[str, str]:
    """Return the versions of what matters, as far as it is installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


_orphans: list[float] = []


class OtherWork:
    """How much of the machine others had since this was made, in cores (Linux; else 0)."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._own_before = _own_seconds()
        self._before = _spent()

    def cores(self) -> float:
        """Return what other processes had; our own are not among them, once they have ended."""
        own_seconds = _own_seconds() - self._own_before
        return self._in_cores(_spent().busy_seconds - self._before.busy_seconds - own_seconds)

    def stolen_cores(self) -> float:
        """Return what the host of a virtual machine did not give, though there was work."""
        return self._in_cores(_spent().stolen_seconds - self._before.stolen_seconds)

    def _in_cores(self, seconds: float) -> float:
        return max(0.0, round(seconds / (time.monotonic() - self._began), 2))


class Spent(NamedTuple):
    """CPU time since the machine was started: of everything, and what its host withheld."""

    busy_seconds: float
    stolen_seconds: float


def _spent() -> Spent:
    try:
        words = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    except OSError:
        return Spent(0.0, 0.0)
    user, nice, system, _, _, irq, softirq, stolen, *_ = map(int, words)
    busy, ticks = user + nice + system + irq + softirq, os.sysconf("SC_CLK_TCK")
    return Spent(busy / ticks, stolen / ticks)


def count_as_own(cpu_seconds: float) -> None:
    """Record the CPU of a child whose parent we kill: the kernel counts it nowhere."""
    _orphans.append(cpu_seconds)


def _own_seconds() -> float:
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(who)[:2]) for who in both) + sum(_orphans)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True
        )
    except OSError:
        return "unknown"
    return described.stdout.strip() or "unknown"
