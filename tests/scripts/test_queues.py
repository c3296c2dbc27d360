"""Queues are compared with the same producer and consumer; a missing server is skipped."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.bench_parts import queue_servers
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.queue_servers import free_port
from scripts.bench_parts.queues import SERVERS, SPAWN, queues, thousands_a_second
from scripts.bench_peers.queue_ends import CONSUMERS, PRODUCERS

SERVER = f"""#!{sys.executable}
import socket, sys
port = int(sys.argv[sys.argv.index("--port") + 1])
with socket.create_server(("127.0.0.1", port)) as server:
    while True:
        server.accept()
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ZeroMQ PUSH/PULL", "multiprocessing.Queue"])
def test_all_that_is_sent_arrives_and_is_timed(kind: str) -> None:
    place: Any = f"tcp://127.0.0.1:{free_port()}" if kind.startswith("Z") else SPAWN.Queue()

    assert 0 < thousands_a_second(kind, place, 10, 5_000)


def test_every_queue_has_both_ends() -> None:
    assert list(PRODUCERS) == list(CONSUMERS)
    assert set() == set(SERVERS) - set(PRODUCERS)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_is_not_installed_has_no_address(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with SERVERS[kind](tmp_path) as address:
        assert address is None


def test_a_server_listens_on_a_port_of_its_own_and_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "server"
    program.write_text(SERVER)
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(program))
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def recorded(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*words, **options))
        return started[-1]

    monkeypatch.setattr(queue_servers.subprocess, "Popen", recorded)
    with queue_servers.redis(tmp_path) as address:
        assert address is not None and address.startswith("redis://127.0.0.1:")
        assert started[0].poll() is None

    assert -signal.SIGTERM == started[0].returncode


def test_what_is_skipped_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr("scripts.bench_parts.queues.install", lambda _: None)
    monkeypatch.setattr("scripts.bench_parts.queues.thousands_a_second", lambda *_: 1.0)
    section = queues(Plan(rounds=1))

    assert ["ZeroMQ PUSH/PULL", "multiprocessing.Queue"] == [row["queue"] for row in section.rows]
    assert 3 == sum("skipped: its server is not installed" in note for note in section.notes)
