"""The servers of the queues that need one: found, started on free loopback ports, stopped.

They are system packages (redis-server, nats-server, rabbitmq-server). Each keeps what it writes
in a folder of ours, and leaves nothing behind.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.1
# Debian's /usr/sbin/rabbitmq-server would change the user; this is what it calls.
RABBITMQ = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str | None]:
    """Give the address of a Redis that persists nothing, None if it is not installed."""
    port = free_port()
    options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder))
    with _served(("redis-server",), ("--port", str(port), *options), port) as is_there:
        yield f"redis://127.0.0.1:{port}" if is_there else None


@contextlib.contextmanager
def nats(folder: Path) -> Iterator[str | None]:
    """Give the address of a NATS server, None if it is not installed."""
    port = free_port()
    options = ("--addr", "127.0.0.1", "--port", str(port), "--log", str(folder / "nats.log"))
    with _served(("nats-server",), options, port) as is_there:
        yield f"nats://127.0.0.1:{port}" if is_there else None


@contextlib.contextmanager
def rabbitmq(folder: Path) -> Iterator[str | None]:
    """Give the address of a RabbitMQ, None if it is not installed."""
    port, mapper_port = free_port(), free_port()
    mapper = {"ERL_EPMD_PORT": str(mapper_port), "ERL_EPMD_ADDRESS": "127.0.0.1"}
    environment = {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"bench{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        **mapper,
    }
    with _served(RABBITMQ, (), port, **environment) as is_there:
        yield f"amqp://guest:guest@127.0.0.1:{port}/%2F" if is_there else None
    if is_there and shutil.which("epmd"):
        # The name server of Erlang was started by it, and outlives it.
        with contextlib.suppress(OSError):
            subprocess.run(["epmd", "-kill"], env={**os.environ, **mapper}, capture_output=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _served(
    programs: tuple[str, ...], options: tuple[str, ...], port: int, **environment: str
) -> Iterator[bool]:
    """Run a server in a session of its own during the block; yield whether there is one."""
    program = next(filter(None, map(shutil.which, programs)), None)
    if program is None:
        yield False
        return
    process = subprocess.Popen(
        [program, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield True
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(LOOK_SECONDS)
    raise RuntimeError(f"{process.args!r} does not listen on port {port}")
