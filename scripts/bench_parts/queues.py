"""Group 2: why ZeroMQ. The same producer and consumer over five queues.

Two processes, one sends and one receives messages of 1, 100 or 10,000 events of 100 bytes. The
time is from the first send to the last receipt, by the machine's monotonic clock. The sender is
at most AHEAD_BYTES ahead, with every queue: so none has to hold, or lose, everything.
"""

import contextlib
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from scripts.bench_parts import queue_servers
from scripts.bench_parts.peers import install
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.report import Row, Section
from scripts.bench_parts.rounds import Spread, alternate
from scripts.bench_peers.queue_ends import CONSUMERS, PRODUCERS

ROUNDS = 3
EVENT_BYTES = 100
EVENTS_OF_SIZE = {1: 100_000, 100: 3_000_000, 10_000: 5_000_000}
"""How many events are sent, by how many of them a message has."""

AHEAD_BYTES = 16 * 2**20
AHEAD_MESSAGES = 16_384
BURST_MESSAGES = 256
BURST_BYTES = 4 * 2**20
SERVERS = {
    "Redis Streams": queue_servers.redis,
    "NATS": queue_servers.nats,
    "RabbitMQ": queue_servers.rabbitmq,
}
SPAWN = multiprocessing.get_context("spawn")


def queues(plan: Plan) -> Section:
    """ZeroMQ beside multiprocessing.Queue, Redis Streams, NATS and RabbitMQ."""
    install(["redis", "nats", "pika"])
    sizes = EVENTS_OF_SIZE
    if plan.rows:
        sizes = {size: max(plan.rows, size) for size in EVENTS_OF_SIZE}
    section = Section("queues", "thousand events of 100 bytes a second, by events a message")
    with contextlib.ExitStack() as servers, tempfile.TemporaryDirectory() as folder:
        addresses: dict[str, Any] = {"ZeroMQ PUSH/PULL": _address, "multiprocessing.Queue": None}
        for kind, server in SERVERS.items():
            place = Path(folder) / kind
            place.mkdir()
            address = servers.enter_context(server(place))
            if address is None:
                section.notes.append(f"{kind} was skipped: its server is not installed.")
            else:
                addresses[kind] = address
        measured = {
            size: alternate(
                plan.rounds or ROUNDS,
                {kind: _trial(kind, addresses[kind], size, sizes[size]) for kind in addresses},
            )
            for size in sizes
        }
    for kind in addresses:
        row: Row = {"queue": kind}
        row |= {f"{size:,}": Spread.of(rates[kind]) for size, rates in measured.items()}
        section.rows.append(row)
    return section


def _address() -> str:
    return f"tcp://127.0.0.1:{queue_servers.free_port()}"


def _trial(kind: str, address: Any, size: int, events: int) -> Callable[[], float]:
    def trial() -> float:
        place = SPAWN.Queue() if address is None else address() if callable(address) else address
        return thousands_a_second(kind, place, size, events)

    return trial


def thousands_a_second(kind: str, place: Any, events_a_message: int, events: int) -> float:
    """Send this many events from one process to another; return thousands a second."""
    count = events // events_a_message
    taken = SPAWN.Value("Q", 0, lock=False)
    is_ready = SPAWN.Event()
    ours, theirs = SPAWN.Pipe(duplex=False)
    size_bytes = events_a_message * EVENT_BYTES
    ends = (
        SPAWN.Process(target=_consume, args=(kind, place, count, taken, is_ready, theirs)),
        SPAWN.Process(
            target=_produce, args=(kind, place, count, size_bytes, taken, is_ready, theirs)
        ),
    )
    for end in ends:
        end.daemon = True  # ended with this process, should the other end fail
        end.start()
    instants: dict[str, float] = {}
    for _ in ends:
        if not ours.poll(120):
            sys.exit(f"{kind}: {taken.value} of {count} messages have arrived, and no more do")
        instants |= ours.recv()
    for end in ends:
        end.join()
    return count * events_a_message / (instants["last"] - instants["first"]) / 1000


def _consume(kind: str, place: Any, count: int, taken: Any, is_ready: Event, told: Any) -> None:
    left = count

    def note(messages: int) -> bool:
        nonlocal left
        if messages == 0:
            is_ready.set()
            return False
        left -= messages
        taken.value = count - left
        return left <= 0

    CONSUMERS[kind](place, note)
    told.send({"last": time.monotonic()})


def _produce(
    kind: str, place: Any, count: int, size_bytes: int, taken: Any, is_ready: Event, told: Any
) -> None:
    message = bytes(size_bytes)
    burst = max(1, min(BURST_MESSAGES, BURST_BYTES // size_bytes))
    ahead = max(burst, min(AHEAD_MESSAGES, AHEAD_BYTES // size_bytes))

    def bursts() -> Iterator[list[bytes]]:
        is_ready.wait()
        told.send({"first": time.monotonic()})
        for sent in range(0, count, burst):
            while sent - taken.value > ahead:
                time.sleep(0.0001)
            yield [message] * min(burst, count - sent)

    PRODUCERS[kind](place, bursts())
