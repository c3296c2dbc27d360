"""A host that vanishes silently is detected, by receive-only sockets too, and may come back."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.end_to_end.processes import ROOT, command, environment, logs, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
ESTABLISHED = "01"
PATIENCE_SECONDS = 30


class Host:
    """A network namespace with one address, and the processes that run there."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        self._started: list[subprocess.Popen[str]] = []

    def start(self, module: str, *arguments: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, *command(module, *arguments)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
        )
        self._started.append(process)
        return process

    def connections(self) -> list[bool]:
        """Tell of each connection to another host whether all that was sent was acknowledged."""
        table = ip("netns", "exec", self.name, "cat", "/proc/net/tcp").splitlines()[1:]
        return [
            queues.startswith("00000000:")
            for _, local, remote, state, queues, *_ in map(str.split, table)
            if state == ESTABLISHED and local.split(":")[0] != remote.split(":")[0]
        ]

    def status(self, control: str) -> dict[str, object]:
        asking = command("zreplay", "ctl", "status", "--control", control, "--json")
        found: dict[str, object] = msgspec.json.decode(ip("netns", "exec", self.name, *asking))
        return found

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()


def ip(*arguments: str) -> str:
    return subprocess.run(
        ["ip", *arguments], check=True, capture_output=True, text=True, env=environment()
    ).stdout


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    """Give two hosts on one cable; skipped where this process may not make them."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        pytest.skip("needs Linux and its command `ip`")
    one, other = (
        Host(f"zreplay-{os.getpid()}-{number}", f"10.213.87.{number}") for number in (1, 2)
    )
    try:
        for host in (one, other):
            ip("netns", "add", host.name)
        ip("link", "add", "cable", "netns", one.name, "type", "veth", "peer", "name", "cable",
           "netns", other.name)  # fmt: skip
        for host in (one, other):
            ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "cable")
            for device in ("lo", "cable"):
                ip("-n", host.name, "link", "set", device, "up")
        yield one, other
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces are not allowed here: {error.stderr.strip()}")
    finally:
        for host in (one, other):
            host.end()
            subprocess.run(["ip", "netns", "del", host.name], capture_output=True, check=False)


def test_both_ends_of_a_cable_that_was_pulled_notice_it_and_go_on_when_it_is_back(
    hosts: tuple[Host, Host], tmp_path: Path
) -> None:
    main, far = hosts
    batches, control, results, sync = (f"tcp://{main.address}:{port}" for port in range(5555, 5559))
    out = tmp_path / "out"
    ends = ("--bind", results, "--sync", sync, "--insecure")
    sink = main.start("zmid", "sink", *ends, "--out", out, "--exit-when-done")
    ends = ("--bind", batches, "--sync", sync, "--control", control, "--insecure")
    options = (
        "--state",
        tmp_path / "state",
        "--start-paused",
        "--speed",
        "max",
        "--exit-when-done",
    )
    serve = main.start("zreplay", "serve", *ends, *options, SAMPLE)
    far.start("zmid", "worker", "--source", batches, "--sink", results)
    until(lambda: main.status(control)["connected_workers"] == 1, "the worker to come")
    until(lambda: main.connections() == far.connections() == [True, True], "it to be heard")

    ip("-n", main.name, "link", "set", "cable", "down")
    until(lambda: main.connections() == far.connections() == [], "both to notice")
    until(lambda: main.status(control)["connected_workers"] == 0, "it to be counted")
    ip("-n", main.name, "link", "set", "cable", "up")
    until(lambda: main.status(control)["connected_workers"] == 1, "the worker to come back")
    resume = command("zreplay", "ctl", "resume", "--control", control)
    ip("netns", "exec", main.name, *resume)

    assert (0, 0) == (serve.wait(PATIENCE_SECONDS), sink.wait(PATIENCE_SECONDS))
    assert reference_logs([SAMPLE])[:2] == logs(out)
