"""Each subscriber gets all that its pipe takes, nobody is waited for, and the count is true."""

from collections.abc import Callable
from pathlib import Path

import pytest
import zmq

from protocol import sockets
from protocol.endpoints import BROADCAST_HWM
from protocol.errors import SettingsError
from protocol.program.listeners import Listeners
from zreplay.replayer.broadcast import LINGER_MS, Broadcast

PATIENCE_MS = 10_000
LARGE_BYTES = 100_000


class Around:
    """A broadcast, its address, and the counts as the loop of a replayer sees them."""

    def __init__(self, context: sockets.Context, endpoint: str) -> None:
        self._context = context
        self.listeners = Listeners(context)
        self.broadcast = Broadcast(context, endpoint, False, self.listeners.watch)
        self.endpoint = self.broadcast.socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def until(self, condition: Callable[[], bool]) -> None:
        """Turn until it is so."""
        poller = zmq.Poller()
        poller.register(self.broadcast.socket, zmq.POLLIN)
        poller.register(self.broadcast.peers.socket, zmq.POLLIN)
        while not condition():
            assert poller.poll(PATIENCE_MS)
            self.listeners.update(0)
            self.broadcast.update()

    def subscribed(self, count: int) -> list[sockets.Socket]:
        subscribers = [sockets.broadcast_sub(self._context, self.endpoint) for _ in range(count)]
        self.until(lambda: self.broadcast.subscribers == count)
        return subscribers


@pytest.fixture
def around(context: sockets.Context) -> Around:
    around = Around(context, "tcp://127.0.0.1:*")
    around.broadcast.socket.setsockopt(zmq.LINGER, 0)
    return around


def frames_of(subscriber: sockets.Socket, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        assert subscriber.poll(PATIENCE_MS)
        found.append(subscriber.recv())
    return found


def test_every_subscriber_gets_all_that_is_sent_once_it_is_counted(around: Around) -> None:
    subscribers = around.subscribed(5)
    frames = [b"%d" % number for number in range(100)]
    for frame in frames:
        around.broadcast.send(frame)

    assert 5 * [frames] == [frames_of(subscriber, 100) for subscriber in subscribers]


def test_one_that_takes_nothing_is_not_waited_for_and_the_others_get_all(around: Around) -> None:
    stopped, *others = around.subscribed(3)
    frames = [b"%d " % number + bytes(LARGE_BYTES) for number in range(4 * BROADCAST_HWM)]
    for frame in frames:
        around.broadcast.send(frame)
        assert [frame, frame] == [frames_of(other, 1)[0] for other in others]

    around.broadcast.socket.close(linger=PATIENCE_MS)
    came = 0
    while stopped.poll(100):
        assert frames[came] == stopped.recv()
        came += 1
    assert BROADCAST_HWM <= came < len(frames)


def test_who_leaves_is_not_counted_any_more(around: Around) -> None:
    first, second = around.subscribed(2)
    first.close()
    around.until(lambda: around.broadcast.subscribers == 1)
    second.setsockopt(zmq.UNSUBSCRIBE, b"")

    around.until(lambda: around.broadcast.subscribers == 0)


def test_a_connection_without_a_subscription_to_all_is_none(
    around: Around, context: sockets.Context
) -> None:
    other = context.socket(zmq.XSUB)
    other.connect(around.endpoint)
    for said in (b"\x01topic", b"hello", b"", b"\x00"):
        other.send(said)
    around.subscribed(1)
    around.until(lambda: around.broadcast.peers.count == 2)

    assert 1 == around.broadcast.subscribers


def test_a_peer_that_subscribes_twice_is_one(around: Around, context: sockets.Context) -> None:
    other = context.socket(zmq.XSUB)
    other.connect(around.endpoint)
    other.send(b"\x01")
    other.send(b"\x01")
    around.until(lambda: around.broadcast.subscribers == 1)
    while around.broadcast.socket.poll(50):
        around.broadcast.update()

    assert 1 == around.broadcast.subscribers


def test_the_last_batches_linger(context: sockets.Context, tmp_path: Path) -> None:
    broadcast = Broadcast(context, f"ipc://{tmp_path}/b", False, Listeners(context).watch)

    assert LINGER_MS == broadcast.socket.getsockopt(zmq.LINGER)


def test_an_address_that_others_reach_needs_a_word(context: sockets.Context) -> None:
    with pytest.raises(SettingsError, match="--insecure"):
        Broadcast(context, "tcp://0.0.0.0:*", False, Listeners(context).watch)
