"""A backfill under seeded schedules of kill -9: of workers, nannies, schedulers and clients.

Whatever is killed is started again, as a service manager does. Workers also stand still for a
while, until what they were at was done elsewhere, and go on then. At the end the logs are those of
one reading, nothing is left out or twice, and no partition was run again that had its marker.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.end_to_end.dask_cluster import DaskProcesses, dask_processes
from tests.end_to_end.processes import command, environment

LOGS = ("mid_prices.log", "errors.log")
PATIENCE_SECONDS = 240.0
PAUSE_SECONDS = 0.4
STILL_SECONDS = 4.0
MOST_KILLS = 6
GOOD_ENDS = (0, 1)


@dataclass
class Schedule:
    """What was killed in a schedule, and how it ended."""

    seed: int
    kills: list[str] = field(default_factory=list)
    exit_code: int | None = None
    is_identical: bool = False
    ran_again: int = 0
    left_behind: int = 0

    @property
    def is_good(self) -> bool:
        is_whole = self.is_identical and self.exit_code in GOOD_ENDS
        return is_whole and not self.ran_again and not self.left_behind


def markers(out: Path) -> dict[str, tuple[int, int]]:
    """Return what tells each marker from one that was written in its place."""
    found = {}
    for path in (out / "done").glob("*.json"):
        with contextlib.suppress(FileNotFoundError):
            stat = path.stat()
            found[path.name] = (stat.st_ino, stat.st_mtime_ns)
    return found


def written(out: Path) -> list[bytes]:
    return [(out / name).read_bytes() if (out / name).exists() else b"" for name in LOGS]


def on_a_pool(files: list[Path], expected: list[bytes], folder: Path, seed: int) -> Schedule:
    """Kill workers of the pool and the client."""
    chaos = _Chaos(files, folder / "out", seed, ("--workers", "2"))
    chaos.run(
        {
            "client": chaos.kill_client,
            "worker": chaos.kill_worker,
            "still": lambda: chaos.stand_still(chaos.client_pid),
        }
    )
    return chaos.judged(expected)


def on_a_cluster(files: list[Path], expected: list[bytes], folder: Path, seed: int) -> Schedule:
    """Kill workers, nannies, the scheduler and the client."""
    with dask_processes(folder / "dask") as cluster:
        for _ in range(2):
            cluster.add_worker()
        own = ("--scheduler", str(cluster.file), "--slow", "1.5")
        chaos = _Chaos(files, folder / "out", seed, own)
        chaos.run(
            {
                "client": chaos.kill_client,
                "worker": lambda: _kill_below(chaos.chance.choice(cluster.workers)),
                "nanny": lambda: _kill_nanny(cluster, chaos.chance),
                "scheduler": lambda: _kill_scheduler(cluster),
                "still": lambda: chaos.stand_still(chaos.chance.choice(cluster.workers).pid),
            }
        )
        return chaos.judged(expected)


class _Chaos:
    def __init__(self, files: list[Path], out: Path, seed: int, options: tuple[str, ...]) -> None:
        self.chance = random.Random(seed)
        self._out = out
        own = ("--out", out, "--window-mib", "1", *options)
        self._command = command("zreplay", "backfill", *files, *own)
        self._schedule = Schedule(seed)
        self._seen: dict[str, tuple[int, int]] = {}
        self._still: dict[int, float] = {}
        self._client = self._started()

    @property
    def client_pid(self) -> int:
        return self._client.pid

    def run(self, strikes: dict[str, object]) -> None:
        """Strike now and then, and let it come to its end."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        left = self.chance.randint(1, MOST_KILLS)
        while time.monotonic() < give_up:
            with contextlib.suppress(subprocess.TimeoutExpired):
                pause = self.chance.expovariate(1 / PAUSE_SECONDS) if left else 1.0
                self._client.wait(timeout=min(pause, 3.0))
            self._look()
            self._go_on(time.monotonic() - STILL_SECONDS)
            if self._client.returncode in GOOD_ENDS:
                break
            if self._client.poll() is not None:  # killed, or it could not go on
                self._client = self._started()
            if left:
                left -= 1
                name = self.chance.choice(sorted(strikes))
                self._schedule.kills.append(name)
                strikes[name]()  # type: ignore[operator]
        self._go_on(time.monotonic())
        self._schedule.exit_code = self._client.poll()
        if self._client.poll() is None:
            self._client.kill()
            self._client.wait()

    def kill_client(self) -> None:
        self._client.kill()
        self._client.wait()

    def kill_worker(self) -> None:
        _kill_below(self._client)

    def stand_still(self, above: int) -> None:
        """Stop the processes below one that run tasks."""
        for pid in leaves(above):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                self._still[pid] = time.monotonic()

    def judged(self, expected: list[bytes]) -> Schedule:
        self._look()
        self._schedule.is_identical = expected == written(self._out)
        self._schedule.left_behind = len(list((self._out / "parts").glob("*.tmp")))
        return self._schedule

    def _go_on(self, since: float) -> None:
        """Have those go on that have stood still since then."""
        for pid in [pid for pid, stopped in self._still.items() if stopped <= since]:
            del self._still[pid]
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )

    def _look(self) -> None:
        """Count the markers that were seen and are now others."""
        found = markers(self._out)
        again = [name for name, was in self._seen.items() if found.get(name, was) != was]
        self._schedule.ran_again += len(again)
        self._seen.update(found)


def _kill_below(process: "subprocess.Popen[bytes]") -> None:
    """Kill the processes below one that have none below them: those that run tasks."""
    for pid in leaves(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _kill_nanny(cluster: DaskProcesses, chance: random.Random) -> None:
    nanny = chance.choice(cluster.workers)
    cluster.workers.remove(nanny)
    nanny.kill()
    nanny.wait()
    cluster.add_worker()


def _kill_scheduler(cluster: DaskProcesses) -> None:
    """Kill it and start it again; its workers end, and are started again as well."""
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    for nanny in cluster.workers:
        with contextlib.suppress(subprocess.TimeoutExpired):
            nanny.wait(timeout=0.5)
        nanny.kill()
        nanny.wait()
    count = len(cluster.workers)
    cluster.workers.clear()
    cluster.start_scheduler()
    for _ in range(count):
        cluster.add_worker()


def leaves(pid: int) -> list[int]:
    """Return the processes below one that have none below them."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    found = []
    for child in map(int, below):
        found += leaves(child) or [child]
    return found
