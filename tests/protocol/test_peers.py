"""Peers are counted while they are connected, and a mere connection is not one."""

import contextlib
import socket as plain
import time
from collections.abc import Iterator

import pytest
import zmq

from protocol import sockets
from protocol.peers import PeerCount
from zreplay.supervision.link_folder import make_link_folder, remove_link_folder

PATIENCE_SECONDS = 5.0


@pytest.fixture
def endpoint() -> Iterator[str]:
    folder = make_link_folder()
    yield f"ipc://{folder}/batches"
    remove_link_folder(f"ipc://{folder}/control")


def until(peers: PeerCount, count: int) -> None:
    """Wait for events until so many are there."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while peers.update() != count:
        assert time.monotonic() < give_up
        peers.socket.poll(100)


def watched(context: sockets.Context, endpoint: str) -> tuple[sockets.Socket, PeerCount]:
    counts: list[PeerCount] = []
    push = sockets.batch_push(
        context,
        endpoint,
        1,
        insecure=False,
        before_bind=lambda socket: counts.append(PeerCount(context, socket)),
    )
    return push, counts[0]


def test_workers_are_counted_as_they_come_and_go(context: sockets.Context, endpoint: str) -> None:
    push, peers = watched(context, endpoint)
    assert 0 == peers.update()
    first, second = (sockets.batch_pull(context, endpoint) for _ in range(2))
    until(peers, 2)

    first.close()
    until(peers, 1)
    second.close()
    until(peers, 0)
    peers.close()
    push.close()


def test_who_only_knocks_is_no_worker(context: sockets.Context) -> None:
    push, peers = watched(context, "tcp://127.0.0.1:*")
    address = push.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(address, bytes)
    port = int(address.rsplit(b":", 1)[1])
    with plain.create_connection(("127.0.0.1", port)) as knocker:
        knocker.sendall(b"GET / HTTP/1.1\r\n\r\n")
        worker = sockets.batch_pull(context, f"tcp://127.0.0.1:{port}")
        until(peers, 1)
    knocker.close()
    worker.close()
    until(peers, 0)
    peers.close()
    push.close()


def test_strangers_that_are_refused_never_count_below_who_is_there(
    context: sockets.Context,
) -> None:
    push, peers = watched(context, "tcp://127.0.0.1:*")
    address = push.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(address, bytes)
    port = int(address.rsplit(b":", 1)[1])
    worker = sockets.batch_pull(context, f"tcp://127.0.0.1:{port}")
    until(peers, 1)
    for greeting in (b"\x01\x00", b"GET / HTTP/1.1\r\n\r\n", b"\xff" + bytes(8) + b"\x7f\x01\x08"):
        for _ in range(20):
            with plain.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as stranger:
                stranger.sendall(greeting)
                with contextlib.suppress(ConnectionError):
                    while stranger.recv(100):
                        pass
            assert peers.update() >= 1
    until(peers, 1)

    worker.close()
    until(peers, 0)
    peers.close()
    push.close()
