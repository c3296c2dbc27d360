"""Strangers at every port cost a run nothing: no quote, no descriptor, no phantom worker."""

import contextlib
import random
import resource
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, Parts, command, environment, parts, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
PROC = Path("/proc")
STRANGERS = 1000
HELD = 200
WORKERS = 2
FEW_DESCRIPTORS = 96
PATIENCE_SECONDS = 20
ZMTP_3 = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
GREETINGS = (
    b"\x01\x00",
    b"\x06\x00hello",
    b"\xff" + bytes(8) + b"\x7f\x01\x08\x00\x00",
    b"GET / HTTP/1.1\r\n\r\n",
    ZMTP_3[:20],
    ZMTP_3,
    ZMTP_3 + bytes(range(256)),
    b"",
)
READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x04PULL"
WORKER = ZMTP_3 + bytes([4, len(READY)]) + READY

pytestmark = pytest.mark.skipif(not PROC.exists(), reason="looks at processes in /proc")


@pytest.fixture
def these(tmp_path: Path) -> Iterator[Parts]:
    """Give the parts of a run whose every socket anybody on this machine can reach."""
    with parts(tmp_path) as these:
        these.batches, these.results, these.sync, these.control = (
            f"tcp://127.0.0.1:{port}" for port in free_ports(4)
        )
        yield these


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [server.getsockname()[1] for server in servers]


def knock(address: str, greeting: bytes) -> socket.socket:
    stranger = socket.create_connection(
        ("127.0.0.1", int(address.rpartition(":")[2])), PATIENCE_SECONDS
    )
    with contextlib.suppress(ConnectionError):
        stranger.sendall(greeting)
    return stranger


def descriptors(process: "subprocess.Popen[str]") -> int:
    return len([*(PROC / str(process.pid) / "fd").iterdir()])


def serve_with_few_descriptors(
    these: Parts, said: Path, *arguments: object
) -> "subprocess.Popen[str]":
    """Start a replayer that may have no more than a few files and connections open."""
    ends = ("--bind", these.batches, "--sync", these.sync, "--control", these.control)
    limits = (FEW_DESCRIPTORS, FEW_DESCRIPTORS)
    with said.open("w") as stderr:
        return these.keep(
            subprocess.Popen(
                command("zreplay", "serve", *ends, "--state", these.state, SAMPLE, *arguments),
                stderr=stderr,
                text=True,
                env=environment(),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits),
            )
        )


def test_a_thousand_strangers_change_nothing(these: Parts) -> None:
    sink = these.sink("--exit-when-done")
    for _ in range(WORKERS):
        these.worker()
    options = ("--wait-workers", WORKERS, "--start-paused", "--speed", 0.5, "--exit-when-done")
    serve = these.serve(SAMPLE, *options)
    until(lambda: these.ask("status")["connected_workers"] == WORKERS, "the workers")
    these.ask("resume")
    until(lambda: these.ask("status")["committed"], "commits")
    most = [descriptors(process) for process in (serve, sink)]
    chance, held, counts = random.Random(1), list[socket.socket](), set[int]()
    addresses = (these.batches, these.results, these.sync, these.control)
    for number in range(STRANGERS):
        greeting = chance.choice((*GREETINGS, chance.randbytes(100)))
        held.append(knock(addresses[number % len(addresses)], greeting))
        if len(held) > HELD:
            held.pop(0).close()
        if number % 100 == 0:
            counts.add(these.ask("status")["connected_workers"])
    further = these.ask("status")["sent"] + 1000
    until(lambda: these.ask("status")["committed"] > further, "the run to go on")
    for stranger in held:
        stranger.close()
    for process, before in zip((serve, sink), most, strict=True):
        until(lambda process=process, before=before: descriptors(process) <= before, "all to go")
    status = these.ask("status")
    these.ask("speed", "max")

    assert {WORKERS} == counts
    assert WORKERS == status["connected_workers"]
    assert (0, 0) == (serve.wait(PATIENCE_SECONDS), sink.wait(PATIENCE_SECONDS))
    assert reference_logs([SAMPLE])[:2] == these.logs()


def test_who_has_few_descriptors_survives_more_connections_than_that(
    these: Parts, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    these.sink("--exit-when-done")
    these.worker()
    serve = serve_with_few_descriptors(these, said, "--speed", 0.5, "--exit-when-done")
    until(lambda: these.ask("status")["committed"], "commits")
    with contextlib.ExitStack() as strangers:
        while "too many connections" not in said.read_text():
            for greeting in (WORKER, b""):
                with contextlib.suppress(ConnectionError):  # it has let go already
                    strangers.enter_context(knock(these.batches, greeting))
        these.ask("speed", "max")

        assert 0 == serve.wait(PATIENCE_SECONDS)
    assert reference_logs([SAMPLE])[:2] == these.logs()


def test_who_has_too_many_connections_ends_when_asked(these: Parts, tmp_path: Path) -> None:
    said = tmp_path / "said"
    serve = serve_with_few_descriptors(these, said, "--start-paused")
    until(lambda: "replayer ready" in said.read_text(), "a replayer")
    with contextlib.ExitStack() as strangers:
        while "too many connections" not in said.read_text():
            for greeting, address in ((WORKER, these.batches), (b"", these.control)):
                with contextlib.suppress(ConnectionError):  # it has let go already
                    strangers.enter_context(knock(address, greeting))
        serve.terminate()

        assert 0 == serve.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("zreplay", ("--version",)),
        ("zreplay", ("run", SAMPLE)),
        ("zreplay", ("serve", SAMPLE)),
        ("zreplay", ("inspect", SAMPLE)),
        ("zreplay", ("ctl", "status")),
        ("zreplay", ("top",)),
        ("zreplay", ("feed", SAMPLE)),
        ("zreplay", ("demo",)),
        ("zreplay", ("config", "show")),
        ("zmid", ("worker",)),
        ("zmid", ("sink",)),
    ],
)
def test_with_too_few_descriptors_every_command_ends_with_one_error(
    tmp_path: Path, module: str, arguments: tuple[object, ...]
) -> None:
    ended = subprocess.run(
        command(module, *arguments),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=tmp_path,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)),
    )

    assert (2, "") == (ended.returncode, ended.stdout)
    assert ["error Z214:", "fix: raise the limit: ulimit -n 1024"] == [
        ended.stderr.splitlines()[0][:11],
        *ended.stderr.splitlines()[1:],
    ]
