"""What a bad network is tried on: the parts by hand, or `zreplay run`; each part can be killed.

Whoever is killed by hand is started again by the same command, here; a child of `run` by `run`.
"""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import zmq

from protocol.errors import EXIT_DONE, LinkError, ResultLogError
from tests.end_to_end.chaos_run import children_in
from tests.end_to_end.processes import Parts, command, environment, logs, parts, until
from zreplay.controls.control import ControlClient
from zreplay.supervision.run_folder import control_endpoint_of

LONGEST_AWAY_SECONDS = 0.5
PARTS = ("replayer", "sink", "worker", "another worker")


class Target(Protocol):
    """A live run; `state` holds its capture, `replayers_killed` counts."""

    state: Path
    replayers_killed: int

    def ask(self, verb: str) -> dict[str, Any]: ...

    def strike(self, chance: random.Random) -> None:
        """Kill one part or all, and start again what nobody else does."""

    def stop(self) -> None:
        """Ask it to stop; it must end by itself, and well."""

    def logs(self) -> tuple[bytes, bytes]: ...


class PartsTarget:
    """The parts by hand."""

    def __init__(self, these: Parts, arguments: tuple[object, ...]) -> None:
        self.state = these.state
        self.replayers_killed = 0
        self._these = these
        self._starts: dict[str, Callable[[], subprocess.Popen[str]]] = {
            "replayer": lambda: these.serve(*arguments),
            "sink": these.sink,
            "worker": these.worker,
            "another worker": these.worker,
        }
        self._processes = {name: self._starts[name]() for name in PARTS}

    def ask(self, verb: str) -> dict[str, Any]:
        return self._these.ask(verb)

    def strike(self, chance: random.Random) -> None:
        name = chance.choice((*PARTS, "all"))
        struck = PARTS if name == "all" else (name,)
        self.replayers_killed += "replayer" in struck
        for each in struck:
            process = self._processes[each]
            assert process.poll() is None, f"the {each} ended by itself"
            process.kill()
            process.wait(60)
        time.sleep(chance.choice((0, chance.uniform(0, LONGEST_AWAY_SECONDS))))
        for each in struck:
            self._processes[each] = self._starts[each]()

    def stop(self) -> None:
        for name, process in self._processes.items():
            assert process.poll() is None, f"the {name} ended by itself"
        self.ask("stop")
        code = self._processes["replayer"].wait(60)
        assert code == EXIT_DONE, f"the replayer ended with {code}"

    def logs(self) -> tuple[bytes, bytes]:
        return self._these.logs()


class RunTarget:
    """`zreplay run`: the command itself, and its children by their pids."""

    def __init__(self, folder: Path, arguments: tuple[object, ...]) -> None:
        self.state = folder / "out"
        self.replayers_killed = 0
        self._folder = folder
        self._arguments = ("run", *arguments, "--out", self.state)
        self._said = folder / "said"
        self._run = self._start()

    def ask(self, verb: str) -> dict[str, Any]:
        answered: dict[str, Any] = until(lambda: self._try_to_ask(verb), f"an answer to {verb}")
        return answered

    def strike(self, chance: random.Random) -> None:
        assert self._run.poll() is None, f"the run ended by itself: {self._last_words}"
        pids = {role: pid for pid, role in children_in(self._folder).items()}
        name = chance.choice((*sorted(pids), "run"))
        self.replayers_killed += name in ("replayer", "run")
        if name != "run":
            with contextlib.suppress(ProcessLookupError):
                os.kill(pids[name], signal.SIGKILL)
            return
        self._run.kill()
        self._run.wait(60)
        time.sleep(chance.choice((0, chance.uniform(0, LONGEST_AWAY_SECONDS))))
        self._run = self._start()

    def stop(self) -> None:
        assert self._run.poll() is None, f"the run ended by itself: {self._last_words}"
        self.ask("stop")
        code = self._run.wait(60)
        assert code == EXIT_DONE, f"the run ended with {code}: {self._last_words}"

    def logs(self) -> tuple[bytes, bytes]:
        return logs(self.state)

    def end(self) -> None:
        self._run.kill()
        self._run.wait(60)
        until(lambda: not children_in(self._folder), "every process of the run to end")

    @property
    def _last_words(self) -> str:
        return self._said.read_text()[-500:]

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._said.open("ab") as said:
            return subprocess.Popen(
                command("zreplay", *self._arguments),
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=environment(TMPDIR=str(self._folder)),
            )

    def _try_to_ask(self, verb: str) -> dict[str, Any] | None:
        assert self._run.poll() is None, f"no answer to {verb}: the run ended: {self._last_words}"
        with contextlib.suppress(LinkError, ResultLogError, OSError), zmq.Context() as context:
            client = ControlClient(context, control_endpoint_of(self.state), 1000)
            try:
                return client.ask(verb, "")
            finally:
                client.close()
        return None


@contextmanager
def live_target(folder: Path, arguments: tuple[object, ...], *, is_run: bool) -> Iterator[Target]:
    """Start the parts, or a run, in an empty folder."""
    if not is_run:
        with parts(folder) as these:
            yield PartsTarget(these, arguments)
        return
    target = RunTarget(folder, arguments)
    try:
        yield target
    finally:
        target.end()
