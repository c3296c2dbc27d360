"""Replayer, two workers, sink and operator on hosts of their own: network namespaces on one switch.

A cable that is pulled loses frames without a word: the interface stays up, no FIN is seen.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from protocol.program.key_folder import add_key, new_folder
from tests.end_to_end.processes import ROOT, command, environment, logs, until

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
NAMES = ("replayer", "sink", "worker-1", "worker-2", "operator")
NET = "10.213.88"


class NotAllowed(Exception):
    """This process may not make network namespaces."""


def ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, env=environment())
    if done.returncode:
        raise NotAllowed(done.stderr.strip())
    return done.stdout


class Hosts:
    """The namespaces, and what runs in them; each has a cable to the switch."""

    def __init__(self, folder: Path) -> None:
        self.out, self.state, self.keys = folder / "out", folder / "state", folder / "keys"
        self._mark = f"zr{os.getpid() % 100_000}"
        self._switch = f"{self._mark}s"
        self._started: dict[str, subprocess.Popen[str]] = {}
        new_folder(self.keys)
        for name, role in zip(NAMES[2:], ("worker", "worker", "control"), strict=True):
            add_key(self.keys, name, role)
        ip("netns", "add", self._switch)
        ip("-n", self._switch, "link", "add", "switch", "type", "bridge")
        ip("-n", self._switch, "link", "set", "switch", "up")
        for number, name in enumerate(NAMES, 1):
            netns = self._netns(name)
            ip("netns", "add", netns)
            ip("link", "add", "cable", "netns", netns, "type", "veth", "peer", "name",
               f"to{number}", "netns", self._switch)  # fmt: skip
            ip("-n", self._switch, "link", "set", f"to{number}", "master", "switch", "up")
            ip("-n", netns, "link", "set", "lo", "up")
            ip("-n", netns, "link", "set", "cable", "up")
            ip("-n", netns, "addr", "add", f"{NET}.{number}/24", "dev", "cable")

    def address(self, name: str, port: int) -> str:
        return f"tcp://{NET}.{NAMES.index(name) + 1}:{port}"

    def start_all(self, *options: str) -> None:
        sink = ("--bind", self.address("sink", 5557), "--sync", self.address("sink", 5558))
        self.start("sink", "zmid", "sink", *sink, "--out", self.out, "--exit-when-done")
        replayer = self.address("replayer", 5555), self.address("replayer", 5556)
        serve = ("--bind", replayer[0], "--control", replayer[1], "--sync", sink[3])
        own = ("--state", self.state, "--exit-when-done", *options, SAMPLE)
        self.start("replayer", "zreplay", "serve", *serve, *own)
        for name in NAMES[2:4]:
            self.start(name, "zmid", "worker", "--source", replayer[0], "--sink", sink[1])

    def start(self, name: str, *words: object) -> None:
        key = ("--key", self.keys / f"{name}.key")
        self._started[name] = subprocess.Popen(
            ["ip", "netns", "exec", self._netns(name), *command(*words[:2], *key, *words[2:])],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
        )

    def ask(self, *words: str) -> dict[str, Any] | None:
        """Ask the replayer from the operator's host; None if it does not answer."""
        target = ("--control", self.address("replayer", 5556), "--timeout", "5")
        key = ("--key", self.keys / "operator.key")
        asking = command("zreplay", "ctl", *target, *key, *words, "--json")
        done = subprocess.run(
            ["ip", "netns", "exec", self._netns("operator"), *asking],
            capture_output=True,
            text=True,
            env=environment(),
        )
        return None if done.returncode else msgspec.json.decode(done.stdout, type=dict[str, Any])

    def pull(self, name: str) -> None:
        """Pull a host's cable out of the switch: what is sent is lost, and nobody is told."""
        ip("-n", self._switch, "link", "set", f"to{NAMES.index(name) + 1}", "nomaster")

    def plug_in(self, name: str) -> None:
        ip("-n", self._switch, "link", "set", f"to{NAMES.index(name) + 1}", "master", "switch")

    def logs(self) -> tuple[bytes, bytes]:
        return logs(self.out) if (self.out / "errors.log").exists() else (b"", b"")

    def size(self) -> int:
        paths = (self.out / "mid_prices.log", self.out / "errors.log")
        return sum(path.stat().st_size for path in paths if path.exists())

    def recovery_seconds(self) -> float:
        """Return how long it takes from now until something is committed."""
        before, began = self.size(), time.monotonic()
        until(lambda: self.size() > before, "the next commit")
        return time.monotonic() - began

    def trial(self, name: str, seconds: float) -> tuple[float, tuple[bytes, bytes]]:
        """Pull a cable for so long; return how long recovery took, and both logs at the end."""
        self.start_all("--speed", "0.1")
        until(self.size, "a first commit")
        self.pull(name)
        time.sleep(seconds)
        self.plug_in(name)
        return self.recovery_seconds(), self.finish()

    def finish(self) -> tuple[bytes, bytes]:
        """Play what is left at full speed; return both logs once replayer and sink have ended."""
        until(lambda: self.ask("speed", "max"), "the replayer to answer")
        for name in ("replayer", "sink"):
            until(lambda name=name: self._started[name].poll() is not None, f"the {name} to end")
        return self.logs()

    def _netns(self, name: str) -> str:
        return f"{self._mark}-{name}"

    def end(self) -> None:
        for process in self._started.values():
            process.kill()
            process.wait()
        for netns in (self._switch, *map(self._netns, NAMES)):
            subprocess.run(["ip", "netns", "del", netns], capture_output=True, check=False)


@contextmanager
def hosts(folder: Path) -> Iterator[Hosts]:
    """Give hosts that run nothing yet.

    Raises:
        NotAllowed: this process may not make them.
    """
    made = None
    try:
        made = Hosts(folder)
        yield made
    finally:
        if made is not None:
            made.end()
