"""Each part tells a service manager that it is ready and ending, and exits as its unit says."""

import contextlib
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED
from tests.end_to_end.processes import PATIENCE_SECONDS, ROOT, Parts, finish, parts, start

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


@contextlib.contextmanager
def service_manager(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(folder / "notify"))
        link.settimeout(PATIENCE_SECONDS)
        yield link


def begin(part: str, these: Parts, out: Path, **more: str) -> "subprocess.Popen[str]":
    ends = ("--bind", these.batches, "--sync", these.sync, "--control", these.control)
    match part:
        case "serve":
            words: tuple[object, ...] = ("zreplay", "serve", SAMPLE, *ends, "--state", these.state)
        case "run":
            words = ("zreplay", "run", SAMPLE, "--out", out)
        case "sink":
            words = ("zmid", "sink", "--bind", these.results, "--sync", these.sync, "--out", out)
        case _:
            words = ("zmid", "worker", "--source", these.batches, "--sink", these.results)
    return these.keep(start(str(words[0]), *words[1:], **more))


@pytest.mark.parametrize(
    "part, code",
    [("serve", EXIT_DONE), ("sink", EXIT_DONE), ("worker", EXIT_DONE), ("run", EXIT_INTERRUPTED)],
)
def test_a_part_is_ready_alive_and_ends_as_its_unit_expects(
    tmp_path: Path, part: str, code: int
) -> None:
    with parts(tmp_path) as these, service_manager(tmp_path) as link:
        address = str(tmp_path / "notify")
        process = begin(part, these, tmp_path / "o", NOTIFY_SOCKET=address, WATCHDOG_USEC="200000")
        assert [b"READY=1", b"WATCHDOG=1"] == [link.recv(100) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        said = b""
        while said != b"STOPPING=1":
            said = link.recv(100)
            assert said in (b"WATCHDOG=1", b"STOPPING=1")  # no child is ready a second time

        assert code == process.wait(PATIENCE_SECONDS)


def test_a_run_that_was_complete_is_ready_before_it_exits(tmp_path: Path) -> None:
    done = ("run", SAMPLE, "--speed", "max", "--out", tmp_path / "o")
    assert EXIT_DONE == finish("zreplay", *done).returncode
    with service_manager(tmp_path) as link:
        again = finish("zreplay", *done, NOTIFY_SOCKET=str(tmp_path / "notify"))

        assert (EXIT_DONE, b"READY=1") == (again.returncode, link.recv(100))
