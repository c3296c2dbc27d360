"""Programs with keys over tcp: the logs are the same, and who is not let in says so and exits 3."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.program.key_folder import add_key, new_folder, revoke_key
from tests.end_to_end.processes import ROOT, Parts, finish, start, until
from tests.end_to_end.test_strangers import free_ports
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
REFERENCE = reference_logs([SAMPLE])[:2]
ROLES = ("worker", "consumer", "read", "control")


class Keyed(Parts):
    """The parts of a run over tcp, each with its key."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.keys = folder / "keys"
        new_folder(self.keys)
        for role in ROLES:
            add_key(self.keys, role, role)
        ends = [f"tcp://127.0.0.1:{port}" for port in free_ports(4)]
        self.batches, self.control, self.results, self.sync = ends

    def key(self, name: str) -> tuple[object, ...]:
        return ("--key", self.keys / f"{name}.key") if name else ()

    def begin(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a sink and a replayer; return the replayer, whose diagnostics can be read."""
        self.sink(*self.key("sink"))
        return self.serve(SAMPLE, *self.key("replayer"), *arguments, stderr=subprocess.PIPE)

    def logs(self) -> tuple[bytes, bytes]:
        is_there = (self.out / "errors.log").exists()
        return super().logs() if is_there else (b"", b"")

    def asked(self, key: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Ask the replayer, with patience: it may be starting."""
        target = ("--control", self.control, "--timeout", "20", *self.key(key))
        return finish("zreplay", "ctl", *target, *words)

    def failing_worker(self, key: str) -> str:
        """Start a worker that is not let in; return what it said."""
        ends = ("--source", self.batches, "--sink", self.results)
        done = finish("zmid", "worker", *ends, *self.key(key))
        assert 3 == done.returncode
        return done.stderr


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    parts = Keyed(tmp_path)
    yield parts
    parts.end()


def test_with_keys_the_logs_are_those_of_the_reference(keyed: Keyed) -> None:
    keyed.begin("--speed", "max")
    for _ in range(2):
        keyed.worker(*keyed.key("worker"))
    until(lambda: keyed.logs() == REFERENCE, "the logs of the reference")


def test_who_is_not_let_in_says_so_exits_3_and_is_in_the_diagnostics(keyed: Keyed) -> None:
    replayer = keyed.begin("--start-paused")
    assert 0 == keyed.asked("read", "status").returncode
    said = {key: keyed.failing_worker(key) for key in ("read", "sink", "")}

    assert "refuses the key 'read' (role read)" in said["read"]
    assert "refuses the key 'sink' (role sink)" in said["sink"]
    assert "lets in only who has a key" in said[""]
    assert all("error Z307" in text for text in said.values())
    replayer.terminate()
    _, told = replayer.communicate()
    assert "peer refused  socket=batches  address=127.0.0.1  key=read" in told


def test_a_key_that_may_ask_may_not_change_the_replay(keyed: Keyed) -> None:
    keyed.begin("--start-paused")
    found = {
        key: [keyed.asked(key, verb).returncode for verb in ("status", "resume")]
        for key in ("read", "consumer", "control", "worker")
    }

    assert {"read": [0, 3], "consumer": [0, 3], "control": [0, 0], "worker": [3, 3]} == found
    assert "error Z308" in keyed.asked("read", "pause").stderr
    assert '"code":"Z308"' in keyed.asked("read", "pause", "--json").stdout


def test_a_worker_that_is_revoked_in_the_middle_ends_and_another_goes_on(keyed: Keyed) -> None:
    keyed.begin("--speed", "0.2")
    ends = ("--source", keyed.batches, "--sink", keyed.results)
    worker = start("zmid", "worker", *ends, *keyed.key("worker"), stderr=subprocess.PIPE)
    keyed.keep(worker)
    until(lambda: keyed.committed_lines() > 0, "a first line")
    revoke_key(keyed.keys, "worker")
    _, said = worker.communicate()

    assert (3, True) == (worker.returncode, "refuses the key 'worker'" in said)
    add_key(keyed.keys, "worker-2", "worker")
    keyed.worker(*keyed.key("worker-2"))
    assert 0 == keyed.asked("control", "speed", "max").returncode
    until(lambda: keyed.logs() == REFERENCE, "the logs of the reference")


def test_another_address_than_loopback_without_a_key_is_refused_with_the_way_out(
    tmp_path: Path,
) -> None:
    port, results_port = free_ports(2)
    anywhere, results = f"tcp://0.0.0.0:{port}", f"tcp://127.0.0.1:{results_port}"
    refused = [
        finish("zreplay", "serve", SAMPLE, "--bind", anywhere, "--state", tmp_path / "state"),
        finish("zmid", "sink", "--bind", results, "--sync", anywhere, "--out", tmp_path / "out"),
    ]

    assert [2, 2] == [done.returncode for done in refused]
    assert all("zreplay keys new" in done.stderr for done in refused)
