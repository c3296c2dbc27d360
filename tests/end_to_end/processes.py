"""Real processes for the tests: started, asked, killed, and never left behind."""

import contextlib
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zmq

from protocol.errors import LinkError
from protocol.program.config_discovery import without_discovery
from tests.segments import joined
from zreplay.controls.control import ControlClient

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.02


def command(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", module, *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZREPLAY")}
    return {**without_discovery(kept), "PYTHONPATH": str(ROOT), **more}


def finish(module: str, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(module, *arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=environment(**more),
    )


def start(
    module: str, *arguments: object, stderr: int = subprocess.DEVNULL, **more: str
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command(module, *arguments),
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=environment(**more),
    )


def until(condition: Any, what: str) -> Any:
    """Wait for a condition with a limit; return what it gave."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        value = condition()
        if value:
            return value
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")


class Parts:
    """The parts of a run by hand, over ipc in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        self.state = folder / "state"
        links = folder / "l"
        links.mkdir(mode=0o700)
        self.batches, self.results, self.sync, self.control = (
            f"ipc://{links}/{name}" for name in "brsc"
        )
        self._started: list[subprocess.Popen[str]] = []
        self._replayer: subprocess.Popen[str] | None = None

    def serve(
        self, *arguments: object, stderr: int = subprocess.DEVNULL, **more: str
    ) -> "subprocess.Popen[str]":
        ends = ("--bind", self.batches, "--sync", self.sync, "--control", self.control)
        own = (*ends, "--state", self.state)
        self._replayer = start("zreplay", "serve", *own, *arguments, stderr=stderr, **more)
        return self.keep(self._replayer)

    def slow_serve(self, seconds: float, *arguments: object) -> "subprocess.Popen[str]":
        """Start a replayer whose disk takes so long for all that is asked of it."""
        ends = ("--bind", self.batches, "--sync", self.sync, "--control", self.control)
        own = ("serve", *ends, "--state", self.state)
        return self.keep(start("tests.end_to_end.slow_serve", seconds, *own, *arguments))

    def start_serve(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a replayer with ends of its own at this sink."""
        return start("zreplay", "serve", "--sync", self.sync, *arguments)

    def start_worker(self, source: str) -> "subprocess.Popen[str]":
        """Start a worker of another replayer at this sink."""
        return start("zmid", "worker", "--source", source, "--sink", self.results)

    def committed_lines(self) -> int:
        return sum(log.count(b"\n") for log in self.logs())

    def worker(self, *arguments: object) -> "subprocess.Popen[str]":
        ends = ("--source", self.batches, "--sink", self.results)
        return self.keep(start("zmid", "worker", *ends, *arguments))

    def chaos_worker(self, seed: int, *processors: str) -> "subprocess.Popen[str]":
        ends = (self.batches, self.results)
        return self.keep(start("tests.end_to_end.chaos_worker", *ends, seed, *processors))

    def picky_worker(self, record: int) -> "subprocess.Popen[str]":
        """Start a worker that never answers for the batch with this record."""
        ends = (self.batches, self.results)
        return self.keep(start("tests.end_to_end.picky_worker", *ends, record))

    def sink(self, *arguments: object, **more: str) -> "subprocess.Popen[str]":
        return self.keep(start("zmid", *self._sink_arguments(), *arguments, **more))

    def limited_sink(self, file_bytes: int) -> "subprocess.Popen[str]":
        """Start a sink that cannot make its files larger than this (RLIMIT_FSIZE)."""
        limit = (file_bytes, resource.RLIM_INFINITY)
        return self.keep(
            subprocess.Popen(
                command("zmid", *self._sink_arguments()),
                stderr=subprocess.PIPE,
                text=True,
                env=environment(),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
            )
        )

    def _sink_arguments(self) -> tuple[object, ...]:
        return ("sink", "--bind", self.results, "--sync", self.sync, "--out", self.out)

    def feed(self, *arguments: object) -> "subprocess.Popen[str]":
        return self.keep(start("zreplay", "feed", *arguments))

    def ask(self, verb: str, value: str = "") -> dict[str, Any]:
        """Ask the replayer until it answers; fail at once if it has ended.

        Each time it has longer: on a busy machine a connection alone can take half a second. A
        stop can be asked for once only, so its answer has all the time at once.
        """
        first_ms = int(PATIENCE_SECONDS * 1000) if verb == "stop" else 500
        timeouts_ms = itertools.accumulate(itertools.repeat(first_ms))

        def answer() -> dict[str, Any] | None:
            answered = self.try_to_ask(verb, value, next(timeouts_ms))
            if answered is None and self._replayer is not None:
                assert self._replayer.poll() is None, (
                    f"no answer to {verb}: the replayer ended with {self._replayer.returncode}"
                )
            return answered

        return until(answer, f"an answer to {verb}")

    def try_to_ask(
        self, verb: str, value: str = "", timeout_ms: int = 500
    ) -> dict[str, Any] | None:
        """Ask once; None if nobody answers."""
        with zmq.Context() as context:
            client = ControlClient(context, self.control, timeout_ms)
            try:
                return client.ask(verb, value)
            except LinkError:
                return None
            finally:
                client.close()

    def logs(self) -> tuple[bytes, bytes]:
        return logs(self.out)

    def end(self) -> None:
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.communicate()

    def keep(self, process: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
        """End this process with the others."""
        self._started.append(process)
        return process


@contextlib.contextmanager
def parts(folder: Path) -> Iterator[Parts]:
    these = Parts(folder)
    try:
        yield these
    finally:
        these.end()


def logs(out: Path) -> tuple[bytes, bytes]:
    return joined(out, "mid_prices.log"), joined(out, "errors.log")
