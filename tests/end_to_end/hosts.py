"""Replayer, two workers, sink and operator on hosts of their own: network namespaces on one switch.

A cable that is pulled loses frames without a word: the interface stays up, no FIN is seen. Hosts
connect by name; a host that died comes back as a new namespace, which knows no connection.
"""

import os
import signal
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
NAMES_FOLDER = Path("/etc/netns")
"""Where `ip netns exec` looks for files of /etc that are another in a namespace."""
ESTABLISHED = "01"


class NotAllowed(Exception):
    """This process may not make network namespaces."""


def ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, env=environment())
    if done.returncode:
        raise NotAllowed(done.stderr.strip())
    return done.stdout


class Host:
    """A namespace with a cable to the switch, and what was started in it."""

    def __init__(self, netns: str, port: str, address: str) -> None:
        self.netns, self.port, self.address = netns, port, address
        self.words: tuple[object, ...] = ()
        self.process: subprocess.Popen[str] | None = None

    def run(self, *words: str) -> list[str]:
        """Return the command that runs another one there."""
        return ["ip", "netns", "exec", self.netns, *words]

    def connections(self) -> set[tuple[str, str]]:
        """Return both ends of each connection to another host."""
        table = ip("netns", "exec", self.netns, "cat", "/proc/net/tcp").splitlines()[1:]
        rows = [row.split() for row in table]
        return {(local, remote) for _, local, remote, state, *_ in rows if state == ESTABLISHED}

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class Hosts:
    """The hosts and their switch: the kernel's, or one that can delay, lose and forget frames."""

    def __init__(self, folder: Path, *, is_shaped: bool = False) -> None:
        self._folder = folder
        self.out, self.state, self.keys = folder / "out", folder / "state", folder / "keys"
        self._mark = f"zr{os.getpid() % 100_000}"
        self._switch = f"{self._mark}s"
        self._made = 0
        self._shaper: subprocess.Popen[str] | None = None
        self.hosts: dict[str, Host] = {}
        new_folder(self.keys)
        for name, role in zip(NAMES[2:], ("worker", "worker", "control"), strict=True):
            add_key(self.keys, name, role)
        ip("netns", "add", self._switch)
        ip("-n", self._switch, "link", "add", "switch", "type", "bridge")
        ip("-n", self._switch, "link", "set", "switch", "up")
        for number, name in enumerate(NAMES, 1):
            self._make(name, f"{NET}.{number}")
        self._tell_names()
        if is_shaped:
            self._shape()

    def _make(self, name: str, address: str) -> None:
        self._made += 1
        host = Host(f"{self._mark}-{self._made}", f"to{self._made}", address)
        self.hosts[name] = host
        ip("netns", "add", host.netns)
        card = f"02:00:00:00:00:{NAMES.index(name) + 1:02x}"  # of a host that dies it stays
        ip("link", "add", "cable", "address", card, "netns", host.netns, "type", "veth", "peer",
           "name", host.port, "netns", self._switch)  # fmt: skip
        ip("-n", self._switch, "link", "set", host.port, "master", "switch", "up")
        for device in ("lo", "cable"):
            ip("-n", host.netns, "link", "set", device, "up")
        ip("-n", host.netns, "addr", "add", f"{address}/24", "dev", "cable")

    def _tell_names(self) -> None:
        """Write who is where to where each host looks it up; in place, as they are mounted."""
        known = "".join(f"{host.address} {name}.zr\n" for name, host in self.hosts.items())
        for host in self.hosts.values():
            folder = NAMES_FOLDER / host.netns
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "hosts").write_text(f"127.0.0.1 localhost\n{known}")
            except OSError as error:
                raise NotAllowed(str(error)) from error

    def _shape(self) -> None:
        for host in self.hosts.values():
            ip("-n", self._switch, "link", "set", host.port, "nomaster")
            make_plain = command("tests.end_to_end.frame_switch", "--plain", "cable")
            subprocess.run(host.run(*make_plain), check=True, env=environment())
        ports = [host.port for host in self.hosts.values()]
        self._shaper = subprocess.Popen(
            ["ip", "netns", "exec", self._switch,
             *command("tests.end_to_end.frame_switch", *ports)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip

    def shape(self, *orders: str) -> None:
        """Give orders to the switch (tests/end_to_end/frame_switch.py); a host is its name."""
        assert self._shaper is not None and self._shaper.stdin and self._shaper.stdout
        for order in orders:
            words = [
                str(NAMES.index(word) + 1) if word in NAMES else word for word in order.split()
            ]
            self._shaper.stdin.write(" ".join(words) + "\n")
            self._shaper.stdin.flush()
            assert "done\n" == self._shaper.stdout.readline()

    def start_all(self, *options: object) -> None:
        """Start sink, replayer and workers, as the README says of three hosts."""
        self.start("sink", "zmid", "sink", "--out", self.out, "--exit-when-done")
        own = ("--state", self.state, "--exit-when-done", *options)
        self.start("replayer", "zreplay", "serve", *own)
        for name in NAMES[2:4]:
            self.start(name, "zmid", "worker")

    def start(self, name: str, *words: object) -> None:
        """Start a program on a host; it listens at the address that the host has now."""
        host = self.hosts[name]
        host.words = words
        here = host.address
        ends: dict[str, tuple[str, ...]] = {
            "sink": ("--bind", f"tcp://{here}:5557", "--sync", f"tcp://{here}:5558"),
            "serve": ("--bind", f"tcp://{here}:5555", "--control", f"tcp://{here}:5556",
                      "--sync", "tcp://sink.zr:5558"),
            "worker": ("--source", "tcp://replayer.zr:5555", "--sink", "tcp://sink.zr:5557"),
        }  # fmt: skip
        own = ("--key", self.keys / f"{name}.key", *ends[str(words[1])])
        with (self._folder / f"{name}.txt").open("a") as told:
            host.process = subprocess.Popen(
                host.run(*command(*words[:2], *own, *words[2:])),
                stdout=subprocess.DEVNULL,
                stderr=told,
                text=True,
                env=environment(),
            )

    def told(self, name: str) -> str:
        """Return the diagnostics of what runs on a host."""
        return (self._folder / f"{name}.txt").read_text()

    def ask(self, *words: str) -> dict[str, Any] | None:
        """Ask the replayer from the operator's host; None if it does not answer."""
        key = ("--key", self.keys / "operator.key", "--timeout", "5")
        asking = command(
            "zreplay", "ctl", "--control", "tcp://replayer.zr:5556", *key, *words, "--json"
        )
        done = subprocess.run(
            self.hosts["operator"].run(*asking), capture_output=True, text=True, env=environment()
        )
        return None if done.returncode else msgspec.json.decode(done.stdout, type=dict[str, Any])

    def pull(self, name: str) -> None:
        """Pull a host's cable out of the switch: what is sent is lost, and nobody is told."""
        ip("-n", self._switch, "link", "set", self.hosts[name].port, "nomaster")

    def plug_in(self, name: str) -> None:
        ip("-n", self._switch, "link", "set", self.hosts[name].port, "master", "switch")

    def die(self, name: str) -> None:
        """Have a host lose its power: no FIN of its connections gets anywhere."""
        host = self.hosts[name]
        ip("-n", self._switch, "link", "del", host.port)
        host.kill()
        self._forget(host)

    def come_back(self, name: str, address: str = "") -> None:
        """Start a host that died, and what ran there; all learn of another address, if it has."""
        before = self.hosts[name]
        self._make(name, address or before.address)
        self._tell_names()
        self.start(name, *before.words)

    def stand_still(self, *names: str) -> None:
        for name in names:
            process = self.hosts[name].process
            assert process is not None
            process.send_signal(signal.SIGSTOP)

    def go_on(self, *names: str) -> None:
        for name in names:
            process = self.hosts[name].process
            assert process is not None
            process.send_signal(signal.SIGCONT)

    def connections(self) -> set[tuple[str, str]]:
        """Return both ends of all connections between hosts, but for the operator's."""
        return set().union(*(self.hosts[name].connections() for name in NAMES[:4]))

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

    def finish(self) -> tuple[bytes, bytes]:
        """Play what is left at full speed; return both logs once replayer and sink have ended."""
        until(lambda: self.ask("speed", "max"), "the replayer to answer")
        for name in ("replayer", "sink"):
            process = self.hosts[name].process
            assert process is not None
            until(lambda process=process: process.poll() is not None, f"the {name} to end")
        return self.logs()

    def _forget(self, host: Host) -> None:
        subprocess.run(["ip", "netns", "del", host.netns], capture_output=True, check=False)
        folder = NAMES_FOLDER / host.netns
        (folder / "hosts").unlink(missing_ok=True)
        if folder.exists():
            folder.rmdir()

    def end(self) -> None:
        if self._shaper is not None:
            self._shaper.communicate()
        for host in self.hosts.values():
            host.kill()
            self._forget(host)
        subprocess.run(["ip", "netns", "del", self._switch], capture_output=True, check=False)


@contextmanager
def hosts(folder: Path, *, is_shaped: bool = False) -> Iterator[Hosts]:
    """Give hosts that run nothing yet.

    Raises:
        NotAllowed: this process may not make them.
    """
    made = Hosts.__new__(Hosts)
    made.hosts, made._shaper = {}, None
    try:
        Hosts.__init__(made, folder, is_shaped=is_shaped)
        yield made
    finally:
        made.end()
