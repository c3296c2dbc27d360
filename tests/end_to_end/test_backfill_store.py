"""A backfill from a store of objects into it: the bytes of `run`, whatever the store does or dies.

The server keeps what has come of an upload that is broken off, which a store would not: an object
that is cut short is there, and nothing may name it.
"""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator

import msgspec
import pytest

from protocol.checksum import crc32
from tests.depth import the_first
from tests.end_to_end.backfill_chaos import leaves
from tests.end_to_end.processes import command, environment
from tests.end_to_end.test_backfill_chaos import days_in
from tests.object_server import BUCKET, ObjectServer, object_server
from zreplay.backfilling.proof import PartFile, Report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

OUT = f"s3://{BUCKET}/deep/out"
FILES = f"s3://{BUCKET}/q/*.csv.gz"
HEADER = "timestamp,ask_amount,ask_price,bid_price,bid_amount,ticker,latency\n"


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], list[bytes]]:
    """Give five days, the objects, and the logs of one reading."""
    files, expected = days_in(tmp_path_factory.mktemp("days"))
    return {f"q/{path.name}": path.read_bytes() for path in files}, expected


@pytest.fixture
def server(days: tuple[dict[str, bytes], list[bytes]]) -> Iterator[ObjectServer]:
    with object_server() as server:
        server.objects.update(days[0])
        yield server


def asked(server: ObjectServer, *words: object) -> "subprocess.Popen[bytes]":
    """Start a command that sees nothing but the store, in a session of its own."""
    return subprocess.Popen(
        command("zreplay", "backfill", *words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**server.environment),
        start_new_session=True,
    )


def finished(server: ObjectServer, *words: object) -> tuple[int, bytes, bytes]:
    process = asked(server, *words)
    out, told = process.communicate(timeout=200)
    return process.returncode, out, told


def logs(server: ObjectServer) -> list[bytes]:
    return [finished(server, "--out", OUT, "--cat", name)[1] for name in ("mids", "errors")]


def named(server: ObjectServer) -> dict[str, PartFile]:
    """Return the files that markers name, by their keys; a marker that is cut short names none."""
    found = {}
    for key, data in list(server.objects.items()):
        if "/done/" in key:
            with contextlib.suppress(msgspec.DecodeError):
                files = msgspec.json.decode(data, type=Report).files
                found.update({f"deep/out/{part.name}": part for part in files.values()})
    return found


def cut_short(server: ObjectServer) -> list[str]:
    """Return the files that markers name and that are not there, or not whole."""
    wrong = []
    for key, part in named(server).items():
        data = server.objects.get(key)
        if data is None or (len(data), crc32(data)) != (part.size_bytes, part.crc):
            wrong.append(key)
    return wrong


@pytest.mark.long
def test_a_store_that_fails_each_request_once_and_is_slow_gives_the_logs_of_a_run(
    server: ObjectServer, days: tuple[dict[str, bytes], list[bytes]]
) -> None:
    server.is_unwell, server.delay_seconds = True, 0.02

    code, said, told = finished(server, FILES, "--out", OUT, "--workers", "2", "--json")

    assert (0, days[1]) == (code, logs(server)), told
    assert (5, 0) == (json.loads(said)["ran"], json.loads(said)["failed"])
    assert {"GET", "HEAD", "PUT"} <= {request.split()[0] for request in server.requests}


# The manifest, of each of five parts its three files and its marker, and the manifest twice.
@pytest.mark.parametrize("who", ["all", "worker"])
@pytest.mark.parametrize("upload", the_first(1, (9, 3, 1, 2, 4, 5, 7, 12, 16, 20, 22, 23)))
def test_what_is_killed_in_an_upload_leaves_nothing_that_counts_and_the_same_command_goes_on(
    who: str, upload: int, server: ObjectServer, days: tuple[dict[str, bytes], list[bytes]]
) -> None:
    uploads = threading.Semaphore(upload - 1)
    process = asked(server, FILES, "--out", OUT, "--workers", "2", "--json")

    def strike() -> None:
        if uploads.acquire(blocking=False):
            return
        server.before_body = lambda: None
        if who == "all":
            os.killpg(process.pid, signal.SIGKILL)
            return
        for pid in leaves(process.pid):
            os.kill(pid, signal.SIGKILL)

    server.before_body = strike
    _, told = process.communicate(timeout=200)

    assert {"all": -signal.SIGKILL, "worker": 0}[who] == process.returncode, told
    assert [] == cut_short(server)
    code, _, told = finished(server, FILES, "--out", OUT, "--json")
    assert (0, days[1]) == (code, logs(server)), told
    assert (0, []) == (finished(server, "--out", OUT, "--check")[0], cut_short(server))
    written = {key for key in server.objects if key.startswith("deep/out/parts/")}
    assert written == {key for key in named(server) if key in server.objects}


def test_a_large_part_that_is_killed_in_its_upload_is_there_as_a_whole_or_not_at_all(
    server: ObjectServer,
) -> None:
    text, mids = [HEADER], []
    for at in range(450_000):
        stamp = f"2025-10-02 00:{at // 60_000:02d}:{at // 1000 % 60:02d}.{at % 1000:03d}"
        text.append(f"{stamp},1,{at + 10**6},{at + 10**6},1,A,1\n")
        mids.append(f"{stamp}, {at + 10**6}\n")
    expected = ["".join(mids).encode(), b""]
    assert len(expected[0]) > 10 * 2**20  # so that the library puts it in pieces
    server.objects = {"q/large.csv.gz": gzip.compress("".join(text).encode(), 1)}
    process = asked(server, FILES, "--out", OUT, "--workers", "1")

    def strike() -> None:
        if any(server.uploads.values()):  # its first piece is there
            server.before_body = lambda: None
            os.killpg(process.pid, signal.SIGKILL)

    server.before_body = strike
    process.communicate(timeout=200)
    assert (-signal.SIGKILL, []) == (process.returncode, cut_short(server))
    assert not any(key.startswith("deep/out/done/") for key in server.objects)

    code, _, told = finished(server, FILES, "--out", OUT)

    assert (0, expected) == (code, logs(server)), told
