"""Batches leave only where there is room; of what the sink says, only messages come through."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from msgspec.structs import replace

from protocol import codec, sockets
from protocol.errors import LinkError, OtherVersion
from protocol.messages import NONCE_BYTES, Hello, Offer, Ping
from protocol.program_version import PROGRAM_VERSION
from tests.protocol.examples import of_version
from zreplay.replayer.link import UNACKNOWLEDGED_LINGER_MS, Link
from zreplay.settings import ReplaySettings
from zreplay.supervision.link_folder import make_link_folder, remove_link_folder

OFFER = Offer(bytes(NONCE_BYTES), 1, 2)
HELLO = Hello(b"r" * 16, bytes(NONCE_BYTES), 0, 0, 0, PROGRAM_VERSION)
PATIENCE_MS = 5000
FILL_MS = 100
MOST_TURNS = 1000
SECOND_NS = 1_000_000_000


@pytest.fixture
def settings() -> Iterator[ReplaySettings]:
    folder = make_link_folder()
    ends = {name: f"ipc://{folder}/{name}" for name in ("bind", "sync", "control")}
    yield ReplaySettings(historical=(Path("a.csv"),), **ends)  # type: ignore[arg-type]
    remove_link_folder(ends["control"])


@pytest.fixture
def link(settings: ReplaySettings, context: sockets.Context) -> Link:
    return Link(context, settings)


@pytest.fixture
def sink(settings: ReplaySettings, link: Link, context: sockets.Context) -> "FakeSink":
    return FakeSink(context, settings.sync, link)


class FakeSink:
    """The sink's end of the sync conversation, once it has heard from the link."""

    def __init__(self, context: sockets.Context, endpoint: str, link: Link) -> None:
        self._router = sockets.sync_router(context, endpoint, insecure=False)
        link.send_sync(HELLO)
        self.heard: list[Any] = []
        self._identity = self.hear()

    def hear(self) -> bytes:
        assert self._router.poll(PATIENCE_MS)
        identity, frame = self._router.recv_multipart()
        self.heard.append(codec.decode(frame))
        return identity

    def say(self, *frames: bytes) -> None:
        self._router.send_multipart([self._identity, *frames])


def received(link: Link, now_ns: int = 0) -> list[Any]:
    """Return what has come, once something has."""
    assert link.sync is not None
    assert link.sync.poll(PATIENCE_MS)
    return list(link.received(now_ns))


def test_a_batch_leaves_only_when_a_worker_has_room_for_it(
    link: Link, settings: ReplaySettings, context: sockets.Context
) -> None:
    assert (False, False) == (link.has_room(), link.send_batch(b"lost?"))

    worker = sockets.batch_pull(context, settings.bind)
    frames: list[bytes] = []
    while link.push.poll(FILL_MS if frames else PATIENCE_MS, zmq.POLLOUT):
        frames.append(b"%d" % len(frames) + bytes(200_000))
        assert link.has_room()
        assert link.send_batch(frames[-1])
        assert len(frames) < 1000

    assert frames
    assert (False, False) == (link.has_room(), link.send_batch(b"lost?"))
    for frame in frames:
        assert worker.poll(PATIENCE_MS)
        assert frame == worker.recv()


def test_what_is_said_reaches_the_sink_and_its_answer_comes_back(
    link: Link, sink: FakeSink
) -> None:
    ping = Ping(HELLO.run, 1, None, 0)
    link.send_sync(ping)
    sink.hear()
    sink.say(codec.encode(OFFER))

    assert [HELLO, ping] == sink.heard
    assert [OFFER] == received(link)
    assert [] == list(link.received(0))


def test_a_malformed_message_is_counted_and_dropped_and_the_next_one_is_read(
    link: Link, sink: FakeSink, capfd: pytest.CaptureFixture[str]
) -> None:
    for frames in ((b"",), (b"ZR",), (codec.encode(OFFER)[:-1],), (codec.encode(OFFER), b"more")):
        sink.say(*frames)
    sink.say(codec.encode(OFFER))
    messages: list[Any] = []
    while not messages:
        messages = received(link)

    assert [OFFER] == messages
    assert 4 == link.malformed


@pytest.mark.parametrize(
    ("version", "behind"),
    [(codec.VERSION - 1, "the sink"), (codec.VERSION + 1, "this replayer")],
)
def test_a_sink_of_another_version_is_named_and_not_dropped(
    link: Link, sink: FakeSink, version: int, behind: str
) -> None:
    sink.say(of_version(OFFER, version))
    with pytest.raises(OtherVersion, match=f"the sink speaks version {version}") as caught:
        received(link)

    assert caught.value.fix.startswith(f"upgrade {behind}:")
    assert 0 == link.malformed


def test_with_no_sink_there_yet_saying_something_never_waits(
    link: Link,
) -> None:
    for _ in range(10 * sockets.SYNC_HWM):
        link.send_sync(HELLO)

    assert [] == list(link.received(0))


def test_without_acknowledgements_there_is_no_sync_conversation_and_the_last_batches_linger(
    settings: ReplaySettings, context: sockets.Context
) -> None:
    link = Link(context, replace(settings, acks="none"))
    link.send_sync(HELLO)

    assert link.sync is None
    assert [] == list(link.received(0))
    assert UNACKNOWLEDGED_LINGER_MS == link.push.getsockopt(zmq.LINGER)
    link.push.setsockopt(zmq.LINGER, 0)


def test_a_batch_that_will_be_sent_again_never_delays_the_end(link: Link) -> None:
    assert 0 == link.push.getsockopt(zmq.LINGER)


def test_a_batch_is_broadcast_once_a_worker_has_it_and_a_resend_is_not(
    settings: ReplaySettings, context: sockets.Context
) -> None:
    link = Link(context, replace(settings, broadcast="tcp://127.0.0.1:*"))
    subscriber = subscribed(link, context)
    assert not link.send_batch(b"refused")

    worker = sockets.batch_pull(context, settings.bind)
    assert link.push.poll(PATIENCE_MS, zmq.POLLOUT)
    assert (True, True) == (link.send_batch(b"batch"), link.resend_batch(b"again"))
    assert link.send_batch(b"last")
    assert [b"batch", b"again", b"last"] == [worker.recv() for _ in range(3)]
    assert [b"batch", b"last"] == [subscriber.recv() for _ in range(2)]


def test_without_acknowledgements_a_broadcast_waits_for_workers_only_while_there_are_some(
    settings: ReplaySettings, context: sockets.Context
) -> None:
    link = Link(context, replace(settings, acks="none", broadcast="tcp://127.0.0.1:*"))
    subscriber = subscribed(link, context)
    assert (True, True) == (link.has_room(), link.send_batch(b"alone"))
    assert b"alone" == subscriber.recv()

    worker = sockets.batch_pull(context, settings.bind)
    turn_until(link, lambda: link.peers.count == 1)
    frame = bytes(200_000)
    while link.push.poll(FILL_MS, zmq.POLLOUT):
        assert link.send_batch(frame)
        assert frame == subscriber.recv()
    assert (False, False) == (link.has_room(), link.send_batch(frame))

    worker.close()
    turn_until(link, link.has_room)
    assert link.send_batch(b"alone")
    assert b"alone" == subscriber.recv()
    assert 1 == link.consumers


def subscribed(link: Link, context: sockets.Context) -> sockets.Socket:
    """Return a subscriber that the link counts."""
    assert link.broadcast is not None
    endpoint = link.broadcast.socket.getsockopt_string(zmq.LAST_ENDPOINT)
    subscriber = sockets.broadcast_sub(context, endpoint)
    subscriber.setsockopt(zmq.RCVTIMEO, PATIENCE_MS)
    turn_until(link, lambda: link.subscribers == 1)
    return subscriber


def turn_until(link: Link, condition: Callable[[], bool]) -> None:
    poller = zmq.Poller()
    for socket in link.readable:
        poller.register(socket, zmq.POLLIN)
    for _ in range(MOST_TURNS):
        if condition():
            return
        assert poller.poll(PATIENCE_MS)
        link.update(0)
    raise AssertionError("it has not come about")


def test_a_taken_address_is_refused_and_free_again_once_its_holder_has_closed(
    settings: ReplaySettings, context: sockets.Context
) -> None:
    first_context: sockets.Context = zmq.Context()
    first = Link(first_context, replace(settings, bind="tcp://127.0.0.1:*"))
    taken = replace(settings, bind=first.push.getsockopt_string(zmq.LAST_ENDPOINT))
    with pytest.raises(LinkError, match=r"cannot listen on tcp(.|\n)*--bind ADDRESS"):
        Link(context, taken)
    first.close()
    first_context.term()

    Link(context, taken).close()


def test_batches_are_to_travel_narrow_over_tcp_alone(
    link: Link, settings: ReplaySettings, context: sockets.Context
) -> None:
    over_tcp = replace(settings, bind="tcp://127.0.0.1:0", control=f"{settings.control}2")

    assert (False, True) == (link.is_narrow, Link(context, over_tcp).is_narrow)
