"""Keys are revoked and added while all runs, on each socket: the others and the logs go on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.program.key_folder import add_key, revoke_key
from tests.end_to_end.processes import PATIENCE_SECONDS, environment, start, until
from tests.end_to_end.test_key_matrix import House
from tests.end_to_end.test_keys import REFERENCE, SAMPLE


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.end()


def is_going_on(house: House) -> bool:
    """Wait until more is committed than now."""
    before = house.committed_lines()
    return bool(until(lambda: house.committed_lines() > before, "more lines"))


def test_a_key_is_revoked_on_each_socket_and_the_others_go_on(house: House) -> None:
    for name, role in (("mids", "consumer"), ("worker-b", "worker")):
        add_key(house.keys, name, role)
    house.sink(*house.key("sink"), "--publish", house.publish)
    options = ("--broadcast", house.broadcast, "--speed", "0.05")
    serve = house.serve(SAMPLE, *house.key("replayer"), *options, stderr=subprocess.PIPE)
    assert 0 == house.asked("read", "status").returncode
    ends = ("--table", "--source", house.batches, "--sink", house.results)
    asking = ("zreplay", "top", "--control", house.control)
    peers = {
        "worker": start("zmid", "worker", *ends, *house.key("worker"), stderr=subprocess.PIPE),
        "read": start(*asking, *house.key("read"), stderr=subprocess.PIPE),
        "consumer": subscriber(house, f"{house.broadcast!r}, broadcast=True", "consumer"),
        "mids": subscriber(house, f"{house.publish!r}, published=True", "mids"),
    }
    for process in peers.values():
        house.keep(process)
    house.worker("--table", *house.key("worker-b"))
    assert is_going_on(house)
    for name in ("read", "consumer", "mids"):
        assert peers[name].stdout.readline()  # type: ignore[union-attr]

    for name, process in peers.items():
        revoke_key(house.keys, name)
        said = "".join(process.communicate(timeout=PATIENCE_SECONDS))
        assert (3, True) == (process.returncode, f"refuses the key '{name}'" in said), said
        assert is_going_on(house)

    add_key(house.keys, "read-2", "read")
    assert 0 == house.asked("read-2", "status").returncode
    revoke_key(house.keys, "replayer")
    said = serve.communicate()[1]
    assert (3, True) == (serve.returncode, "sync at" in said and "refuses the key" in said), said
    add_key(house.keys, "replayer-2", "replayer")
    house.serve(SAMPLE, *house.key("replayer-2"), "--speed", "max")
    house.worker("--table", *house.key("worker-b"))  # its file expects the new replayer
    until(lambda: house.logs() == REFERENCE, "the logs of the reference")


def subscriber(house: House, what: str, key: str) -> "subprocess.Popen[str]":
    path = str(house.keys / f"{key}.key")
    text = (
        "import sys, zreplay\nfrom protocol.errors import KeyRefused\n"
        f"came = zreplay.subscribe({what}, control={house.control!r}, key={path!r})\n"
        "try:\n    for each in came:\n        print('came', flush=True)\n"
        "except KeyRefused as error:\n    sys.exit(print(error) or 3)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-P", "-c", text],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
