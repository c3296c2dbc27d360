"""A scheduler and workers of Dask as processes of their own, on the loopback."""

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.processes import command, environment, until

SCHEDULER = "distributed.cli.dask_scheduler"
WORKER = "distributed.cli.dask_worker"
TRIES = 4


def needs_distributed() -> None:
    """Skip a test where there is no Dask."""
    pytest.importorskip("distributed", reason="scripts/test --extras installs distributed")


class DaskProcesses:
    """What was started; workers are a nanny and the worker below it."""

    def __init__(self, folder: Path, **more: str) -> None:
        self._more = more
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.started: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start_scheduler(port=0)

    def start_scheduler(self, port: int | None = None) -> "subprocess.Popen[bytes]":
        """Start a scheduler, again at the place of the one before."""
        if port is None:
            port = int(self.address.rpartition(":")[2])
        self.file.unlink(missing_ok=True)
        own = ("--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
        process = self._start(SCHEDULER, *own, "--scheduler-file", self.file, **self._more)
        for _ in range(TRIES):  # a busy machine takes its time to import it
            with contextlib.suppress(AssertionError):
                until(lambda: self.file.exists() and self.file.read_bytes(), "the scheduler")
                break
        self.scheduler = process
        return process

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text())["address"])

    def add_worker(self, **more: str) -> "subprocess.Popen[bytes]":
        """Start a nanny with one worker."""
        own = ("--nthreads", 1, "--nworkers", 1, "--no-dashboard")
        place = self.folder / f"worker-{len(self.started)}"
        process = self._start(
            *(WORKER, "--scheduler-file", self.file, *own, "--local-directory", place), **more
        )
        self.workers.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, module: str, *arguments: object, **more: str) -> "subprocess.Popen[bytes]":
        surroundings: Mapping[str, str] = {**environment(), **more}
        with (self.folder / f"{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                command(module, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=surroundings,
                cwd=self.folder,
            )
        self.started.append(process)
        return process


@contextmanager
def dask_processes(folder: Path, **more: str) -> Iterator[DaskProcesses]:
    """Give a scheduler without workers; all that was started is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = DaskProcesses(folder, **more)
    try:
        yield cluster
    finally:
        cluster.end()
