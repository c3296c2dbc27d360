"""Each program with each key that is not for it: it says so and exits 3, and nothing passes."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from protocol.program.key_folder import add_key, new_folder, revoke_key
from tests.end_to_end.processes import PATIENCE_SECONDS, environment, finish, start, until
from tests.end_to_end.test_keys import REFERENCE, ROLES, SAMPLE, Keyed
from tests.end_to_end.test_strangers import free_ports

AT_ONCE = 4
WRONG = {
    "worker": ("read", "control", "consumer", "replayer", "sink"),
    "ctl": ("worker", "replayer", "sink"),
    "top": ("worker", "replayer", "sink"),
    "subscribe": ("worker", "read", "control", "replayer", "sink"),
    "subscribe_mids": ("worker", "read", "control", "replayer", "sink"),
    "serve": (),
}
"""The keys of the house that are not for a program; `serve` takes that of the replayer alone."""
ROLE_OF = {"worker": "worker", "serve": "replayer"}
"""Whose key it would be; any other program would be let in with that of a consumer."""


class House(Keyed):
    """A run with keys that publishes and broadcasts, and the keys of a stranger's house."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.other = folder / "other"
        new_folder(self.other)
        for role in ROLES:
            add_key(self.other, role, role)
        self.publish, self.broadcast = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))

    def revoked(self, role: str) -> Path:
        """Return a key of this role that was made, kept and revoked."""
        name, kept = f"gone-{role}", self.folder / f"gone-{role}.key"
        add_key(self.keys, name, role)
        (self.keys / f"{name}.key").rename(kept)
        revoke_key(self.keys, name)
        return kept

    def try_program(self, program: str, key: Path | None) -> "subprocess.CompletedProcess[str]":
        own = ("--key", key) if key else ()
        match program:
            case "worker":
                ends = ("--source", self.batches, "--sink", self.results)
                return finish("zmid", "worker", *ends, *own)
            case "ctl":
                return finish(
                    "zreplay", "ctl", "--timeout", "30", "--control", self.control, *own, "status"
                )
            case "top":
                return finish("zreplay", "top", "--control", self.control, *own)
            case "serve":
                bind, control = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))
                ends = ("--bind", bind, "--control", control, "--sync", self.sync)
                state = ("--state", self.folder / f"state-{bind[-5:]}")
                return finish("zreplay", "serve", SAMPLE, *ends, *state, *own)
        what = f"{self.broadcast!r}, broadcast=True"
        if program == "subscribe_mids":
            what = f"{self.publish!r}, published=True"
        text = (
            "import sys, zreplay\nfrom protocol.errors import KeyRefused\n"
            f"came = zreplay.subscribe({what}, control={self.control!r}, key={str(key or '')!r})\n"
            "try:\n    print(next(came))\n"
            "except KeyRefused as error:\n    sys.exit(print('error Z307', error) or 3)\n"
        )
        return subprocess.run(
            [sys.executable, "-P", "-c", text],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env=environment(),
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.end()


def test_no_program_gets_anything_with_a_key_that_is_not_for_it(house: House) -> None:
    revoked = {role: house.revoked(role) for role in ("worker", "consumer")}
    tries: list[tuple[str, str, Path | None]] = []
    for program, names in WRONG.items():
        role = ROLE_OF.get(program, "consumer")
        tries += [(program, name, house.keys / f"{name}.key") for name in names]
        tries += [(program, "", house.other / f"{role}.key"), (program, "", None)]
        if role in revoked:
            tries.append((program, f"gone-{role}", revoked[role]))
    sink = start(
        "zmid",
        *house._sink_arguments(),
        *house.key("sink"),
        *("--publish", house.publish),
        stderr=subprocess.PIPE,
    )
    house.keep(sink)
    options = (*house.key("replayer"), "--broadcast", house.broadcast, "--speed", "max")
    replayer = house.serve(SAMPLE, *options, "--start-paused", stderr=subprocess.PIPE)
    # Until it answers: who comes too early waits for it.
    assert 0 == house.asked("control", "resume").returncode
    with ThreadPoolExecutor(AT_ONCE) as threads:
        done = list(threads.map(lambda each: house.try_program(each[0], each[2]), tries))

    for (program, name, key), ended in zip(tries, done, strict=True):
        said = ended.stderr + ended.stdout
        assert (3, True) == (ended.returncode, "error Z307" in said), (program, key, said)
        expected = f"refuses the key '{name}'" if name else "has a key" if not key else "expects"
        assert expected in said
    assert (b"", b"") == house.logs()
    house.worker(*house.key("worker"))
    until(lambda: house.logs() == REFERENCE, "the logs of the reference")
    told = {}
    for process in (replayer, sink):
        process.terminate()
        told[process] = process.communicate()[1]
    knocked = {
        "batches": (replayer, ("read", "control", "replayer", "sink", "gone-worker")),
        "broadcast": (replayer, ("read", "control")),
        "control": (replayer, ("worker", "replayer", "sink")),
        "results": (sink, ("consumer",)),
        "publish": (sink, ("read", "control")),
    }
    for socket, (listener, names) in knocked.items():
        for name in names:
            assert f"socket={socket}  address=127.0.0.1  key={name} " in told[listener]
    assert "peer refused  socket=sync" in told[sink]
