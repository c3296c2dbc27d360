"""Who subscribes and who leaves is told in turn, and what else a peer sends is dropped."""

import pytest
import zmq

from protocol import sockets, subscriptions
from protocol.subscriptions import subscription_changes

PATIENCE_MS = 10_000


@pytest.fixture
def xpub(context: sockets.Context) -> sockets.Socket:
    socket = context.socket(zmq.XPUB)
    socket.setsockopt(zmq.XPUB_VERBOSER, 1)
    socket.bind("inproc://here")
    return socket


@pytest.fixture
def peer(context: sockets.Context, xpub: sockets.Socket) -> sockets.Socket:
    socket = context.socket(zmq.XSUB)
    socket.connect("inproc://here")
    return socket


def changes(xpub: sockets.Socket, count: int) -> list[tuple[bool, bytes]]:
    found: list[tuple[bool, bytes]] = []
    while len(found) < count:
        assert xpub.poll(PATIENCE_MS)
        found += subscription_changes(xpub)
    return found


def test_who_comes_and_who_leaves_is_told(xpub: sockets.Socket, peer: sockets.Socket) -> None:
    for message in (b"\x01", b"\x01BTC", b"\x05junk", b"junk", b"\x00BTC", b"\x00"):
        peer.send(message)

    assert [(True, b""), (True, b"BTC"), (False, b"BTC"), (False, b"")] == changes(xpub, 4)
    assert [] == [*subscription_changes(xpub)]


def test_no_more_than_a_turns_worth_is_looked_at(
    xpub: sockets.Socket, peer: sockets.Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_AT_ONCE", 2)
    for number in range(5):
        peer.send(b"\x01%d" % number)
    assert [(True, b"%d" % number) for number in range(5)] == changes(xpub, 5)
    for number in range(5):
        peer.send(b"\x00%d" % number)
    assert xpub.poll(PATIENCE_MS)

    assert len([*subscription_changes(xpub)]) <= 2
