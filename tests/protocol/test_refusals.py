"""On every socket with every key: who may connect is let in, no other gets a message through.

Who is refused learns of it.
"""

import time
from collections.abc import Callable, Iterator

import pytest
import zmq
from msgspec.structs import replace

from protocol import receiving, sockets
from protocol.errors import KeyRefused
from protocol.keys import handshakes
from protocol.keys.allowed import AllowedKey
from protocol.keys.guard import Guard
from protocol.keys.key import Key
from protocol.keys.keyed_context import KeyedContext
from protocol.keys.role import ROLES, SOCKETS, listener_of
from protocol.refusals import context_of
from protocol.sockets import Socket
from tests.protocol.keys.key_examples import ALLOWED, key_of_role, pair, stranger_key

ANYWHERE = "tcp://127.0.0.1:*"
PATIENCE_SECONDS = 20
LOOK_MS = 10

Bind = Callable[[KeyedContext, str], Socket]
BIND: dict[str, Bind] = {
    "batches": lambda context, at: sockets.batch_push(context, at, 1, False),
    "broadcast": lambda context, at: sockets.broadcast_xpub(context, at, False),
    "publish": lambda context, at: sockets.publish_xpub(context, at, False, 0),
    "results": lambda context, at: sockets.result_pull(context, at, False),
    "sync": lambda context, at: sockets.sync_router(context, at, False),
    "control": lambda context, at: sockets.control_router(context, at, False),
}
CONNECT: dict[str, Bind] = {
    "batches": sockets.batch_pull,
    "broadcast": sockets.broadcast_sub,
    "publish": lambda context, at: sockets.publish_sub(context, at, [b""]),
    "results": sockets.result_push,
    "sync": sockets.sync_dealer,
    "control": sockets.control_req,
}
LISTENER_SENDS = {"batches", "broadcast", "publish"}

REVOKED = "revoked"
WRONG = {
    "unknown": stranger_key("worker"),
    "none": None,
    "other listener": None,
}


class Ends:
    """One who listens with the keys of the examples, and one who connects with a key of a test."""

    def __init__(self, socket: str, key: Key | None) -> None:
        allowed = ALLOWED.with_key(REVOKED, AllowedKey("worker", pair(REVOKED)[0], revoked=True))
        self.guard = Guard(key_of_role(listener_of(socket)), allowed)
        self.theirs = context_of(self.guard)
        self.ours = context_of(Guard(key) if key else None)
        self.listener = BIND[socket](self.theirs, ANYWHERE)
        endpoint = self.listener.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
        self.connector = CONNECT[socket](self.ours, endpoint)
        ends = (self.listener, self.connector)
        self._sender, self._receiver = ends if socket in LISTENER_SENDS else ends[::-1]
        self.is_sent = False

    def try_to_pass(self) -> bool:
        """Try to get a message through; return whether one came."""
        try:
            if receiving.has_message(self.listener) and self._sender is self.listener:
                self.listener.recv(zmq.DONTWAIT)  # a subscription
            if not self.is_sent or self._sender is self.listener:
                self._sender.send(b"message", zmq.DONTWAIT)
                self.is_sent = True
        except zmq.Again:
            pass
        return bool(self._receiver.poll(LOOK_MS))

    def close(self) -> None:
        self.ours.destroy(linger=0)
        self.theirs.destroy(linger=0)


def key_called(name: str) -> Key | None:
    if name in ROLES:
        return key_of_role(name)
    if name == REVOKED:
        public, secret = pair(REVOKED)
        return replace(key_of_role("worker"), public=public, secret=secret)
    if name == "other listener":
        return replace(key_of_role("worker"), replayer=pair()[0], sink=pair()[0])
    return WRONG[name]


@pytest.fixture
def ends(socket: str, key: str) -> Iterator[Ends]:
    ends = Ends(socket, key_called(key))
    yield ends
    ends.close()


ALLOWED_PAIRS = [
    (socket, role) for socket in SOCKETS for role in ROLES if socket in ROLES[role].sockets
]
WRONG_PAIRS = [
    (socket, key)
    for socket in SOCKETS
    for key in (*ROLES, REVOKED, *WRONG)
    if (socket, key) not in ALLOWED_PAIRS
]


@pytest.mark.parametrize(("socket", "key"), ALLOWED_PAIRS)
def test_who_may_connect_gets_messages_through_under_its_key(
    ends: Ends, socket: str, key: str
) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not ends.try_to_pass():
        assert time.monotonic() < give_up
        assert ends.ours.refusals is not None
        ends.ours.refusals.check()

    assert [] == [*ends.guard.refusals]
    if socket not in LISTENER_SENDS:
        received = receiving.message_and_user(ends.listener)
        assert received is not None and key_of_role(key).public == received[1]


@pytest.mark.parametrize(("socket", "key"), WRONG_PAIRS)
def test_no_other_gets_one_through_and_it_learns_why(
    ends: Ends, socket: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "CUT_OFF_NS", 1)
    give_up = time.monotonic() + PATIENCE_SECONDS
    assert ends.ours.refusals is not None
    with pytest.raises(KeyRefused) as caught:
        while time.monotonic() < give_up:
            assert not ends.try_to_pass()
            ends.ours.refusals.check()
    expected = {
        "none": "lets in only who has a key",
        "other listener": f"who listens for {socket}",
    }

    assert expected.get(key, "refuses the key") in str(caught.value)
    assert not ends.try_to_pass()
    if key in (*ROLES, REVOKED):
        assert {key} == {refusal.name for refusal in ends.guard.refusals}


def test_a_key_where_none_is_asked_for_is_told_too() -> None:
    theirs, ours = context_of(None), context_of(Guard(key_of_role("worker")))
    push = sockets.batch_push(theirs, ANYWHERE, 1, False)
    sockets.batch_pull(ours, push.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0"))
    give_up = time.monotonic() + PATIENCE_SECONDS
    assert ours.refusals is not None
    with pytest.raises(KeyRefused, match="takes no keys"):
        while time.monotonic() < give_up:
            ours.refusals.sockets[0].poll(LOOK_MS)
            ours.refusals.check()
    ours.destroy(linger=0)
    theirs.destroy(linger=0)


def test_a_socket_that_was_closed_is_forgotten() -> None:
    ours = context_of(None)
    assert ours.refusals is not None
    sockets.batch_pull(ours, "tcp://127.0.0.1:1").close()
    ours.refusals.check(is_last=True)

    assert () == ours.refusals.sockets
    ours.destroy(linger=0)
