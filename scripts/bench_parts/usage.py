"""What a command and all its children use: seconds, CPU, memory; and what others used meanwhile.

Seconds are from the start of the command to its end, CPU is what the kernel counts for it and
every child that was waited for. Memory and open files are read from /proc while it runs, on Linux
only, which takes part of a core: of a run that is watched, seconds and CPU mean nothing.
"""

import contextlib
import os
import shlex
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from scripts.bench_parts.machine import OtherWork
from scripts.bench_parts.orphans import children

ROOT = Path(__file__).resolve().parents[2]
LOOK_SECONDS = 0.05
ROLES = ("serve", "worker", "sink", "feed", "run")
MIB = 2**20


class Look(NamedTuple):
    """The resident set of one process at one time."""

    seconds: float
    resident_bytes: int
    peak_bytes: int
    open_files: int = 0


@dataclass(slots=True)
class Memory:
    """The looks at each process, by (role, pid)."""

    looks: dict[tuple[str, int], list[Look]] = field(default_factory=dict)

    def peaks(self) -> dict[str, int]:
        """Return the largest resident set of any process of each role, in bytes."""
        peaks: dict[str, int] = {}
        for (role, _), looks in self.looks.items():
            peaks[role] = max(peaks.get(role, 0), *(look.peak_bytes for look in looks))
        return peaks

    def open_files(self) -> int:
        """Return the most files that any process had open at one time."""
        return max((look.open_files for looks in self.looks.values() for look in looks), default=0)

    def growth_per_second(self) -> dict[str, float]:
        """Return the steepest slope of each role over the second half of its looks, in bytes."""
        slopes: dict[str, float] = {}
        for (role, _), looks in self.looks.items():
            late = looks[len(looks) // 2 :]
            if len(late) > 2:
                line = np.polyfit(
                    [look.seconds for look in late], [look.resident_bytes for look in late], 1
                )
                slopes[role] = max(slopes.get(role, float("-inf")), float(line[0]))
        return slopes


class Usage(NamedTuple):
    """What a command printed and used."""

    command: str
    printed: str
    seconds: float
    cpu_seconds: float
    others_cores: float
    memory: Memory
    """Without a look at any process, if the command was not watched."""


class CommandFailed(SystemExit):
    """A command that was to be measured has failed; who does not expect it ends with its words."""

    def __init__(self, command: list[str], code: int, said: str) -> None:
        super().__init__(f"{shlex.join(command)} ended with {code}:\n{said}")
        self.said = said


def measured(command: list[str], *, is_watched: bool = False, **environment: str) -> Usage:
    """Run a command to its end; exits, naming it, if it fails."""
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as complaints:
        others, began = OtherWork(), time.monotonic()
        process = subprocess.Popen(
            command,
            stdout=printed,
            stderr=complaints,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        with watched(process.pid) if is_watched else contextlib.nullcontext(Memory()) as memory:
            _, status, taken = os.wait4(process.pid, 0)
            seconds, others_cores = time.monotonic() - began, others.cores() + others.stolen_cores()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            complaints.seek(0)
            raise CommandFailed(command, process.returncode, complaints.read())
        printed.seek(0)
        cpu_seconds = taken.ru_utime + taken.ru_stime
        text = shlex.join(command)
        return Usage(text, printed.read(), seconds, cpu_seconds, others_cores, memory)


class watched:
    """Samples the memory of a process and its descendants until the block is left."""

    def __init__(self, *pids: int) -> None:
        self._memory = Memory()
        self._pids = pids
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self._memory

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            for top in self._pids:
                for pid in tree(top):
                    self._look(pid)

    def _look(self, pid: int) -> None:
        try:
            # A child that was forked has its command line in one piece.
            words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").split()
            status = Path(f"/proc/{pid}/status").read_text()
            open_files = len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            return
        sizes = {
            name: int(rest.split()[0]) * 1024
            for name, _, rest in (line.partition(":") for line in status.splitlines())
            if name in ("VmRSS", "VmHWM")
        }
        if sizes:  # not of a zombie
            role = next((role for role in ROLES if role in words), "other")
            look = Look(time.monotonic(), sizes["VmRSS"], sizes["VmHWM"], open_files)
            self._memory.looks.setdefault((role, pid), []).append(look)


def tree(pid: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield pid
    for child in children(pid):
        yield from tree(child)


def cpu_seconds(pids: list[int]) -> float:
    """Return the CPU time of these processes so far, user and system; Linux only."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
