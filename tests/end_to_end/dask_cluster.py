"""A scheduler and workers of Dask as processes of their own, on the loopback or on other hosts."""

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.processes import command, environment, until
from zreplay.backfilling.certificates import Certificates

SCHEDULER = "distributed.cli.dask_scheduler"
WORKER = "distributed.cli.dask_worker"
TRIES = 4


def needs_distributed() -> None:
    """Skip a test where there is no Dask."""
    pytest.importorskip("distributed", reason="scripts/test --extras installs distributed")


def new_certificates(folder: Path) -> Certificates:
    """Write an authority of its own, and a certificate that it has signed; without any, skip."""
    trustme = pytest.importorskip("trustme", reason="scripts/test --extras installs trustme")
    folder.mkdir(parents=True, exist_ok=True)
    found = Certificates(*(folder / f"{name}.pem" for name in ("ca", "cert", "key")))
    authority = trustme.CA()
    issued = authority.issue_cert("zreplay.example")
    authority.cert_pem.write_to_path(str(found.authority))
    issued.cert_chain_pems[0].write_to_path(str(found.ours))
    issued.private_key_pem.write_to_path(str(found.key))
    return found


class DaskProcesses:
    """What was started; workers are a nanny and the worker below it.

    `host` is the address of the scheduler; `inside` comes before its command, to run it there.
    """

    def __init__(
        self,
        folder: Path,
        tls: Certificates | None = None,
        host: str = "127.0.0.1",
        inside: Sequence[str] = (),
        **more: str,
    ) -> None:
        self._more = more
        self._tls = tls
        self._host, self._inside = host, inside
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
        own = ["--host", self._host, "--port", port, "--no-dashboard", "--no-show"]
        if self._tls is not None:
            own += ["--protocol", "tls", *_options(self._tls)]
        words = (SCHEDULER, *own, "--scheduler-file", self.file)
        process = self._start(self._inside, *words, **self._more)
        for _ in range(TRIES):  # a busy machine takes its time to import it
            with contextlib.suppress(AssertionError):
                until(lambda: self.file.exists() and self.file.read_bytes(), "the scheduler")
                break
        self.scheduler = process
        return process

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text())["address"])

    def add_worker(
        self, tls: Certificates | None = None, inside: Sequence[str] = (), **more: str
    ) -> "subprocess.Popen[bytes]":
        """Start a nanny with one worker."""
        own = ["--nthreads", 1, "--nworkers", 1, "--no-dashboard"]
        if (shown := tls or self._tls) is not None:
            own += _options(shown)
        place = self.folder / f"worker-{len(self.started)}"
        words = (WORKER, "--scheduler-file", self.file, *own, "--local-directory", place)
        process = self._start(inside, *words, **more)
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

    def told(self) -> str:
        """Return what all of them have said."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def _start(
        self, inside: Sequence[str], *words: object, **more: str
    ) -> "subprocess.Popen[bytes]":
        surroundings: Mapping[str, str] = {**environment(), **more}
        with (self.folder / f"{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*inside, *command(str(words[0]), *words[1:])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=surroundings,
                cwd=self.folder,
            )
        self.started.append(process)
        return process


def _options(tls: Certificates) -> list[object]:
    files = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), tls, strict=True)
    return [word for option, path in files for word in (option, path)]


@contextmanager
def dask_processes(folder: Path, **more: Any) -> Iterator[DaskProcesses]:
    """Give a scheduler without workers; all that was started is gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = DaskProcesses(folder, **more)
    try:
        yield cluster
    finally:
        cluster.end()
