"""With too many connections a socket drops all of them, and real peers come back."""

import contextlib
import socket as plain
import time
from collections.abc import Callable, Iterator

import pytest
import zmq
from zmq.utils import z85

from protocol import receiving, sockets
from protocol.errors import KeyRefused
from protocol.keys.allowed import AllowedKey, AllowedKeys
from protocol.keys.guard import Guard
from protocol.peers import PeerCount
from protocol.program import listeners as listening
from protocol.program.listeners import Listeners
from protocol.refusals import context_of
from protocol.sockets import Context, Socket
from protocol.zap import Candidate
from tests.protocol.keys.key_examples import ALLOWED, PAIRS, key_of_role, pair

PATIENCE_SECONDS = 10.0
MOST = 5


class Bound:
    """Two bound sockets that are watched, and whoever connects to them."""

    def __init__(self, context: Context) -> None:
        self.listeners = Listeners(context)
        watch, anywhere = self.listeners.watch, "tcp://127.0.0.1:*"
        self.batches = sockets.batch_push(context, anywhere, 1, False, before_bind=watch)
        self.control = sockets.control_router(context, anywhere, False, before_bind=watch)
        self.strangers: list[plain.socket] = []

    def come(self, to: Socket, count: int) -> None:
        port = int(endpoint_of(to).rpartition(":")[2])
        for _ in range(count):
            self.strangers.append(plain.create_connection(("127.0.0.1", port), PATIENCE_SECONDS))

    def come_when_it_listens(self, to: Socket, count: int) -> None:
        before = len(self.strangers)

        def has_come() -> bool:
            with contextlib.suppress(ConnectionRefusedError):
                self.come(to, count - (len(self.strangers) - before))
            return len(self.strangers) == before + count

        self.until(has_come)

    def until(self, condition: Callable[[], bool]) -> None:
        """Go on as a loop does until this is so."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < give_up
            self.listeners.update(time.monotonic_ns())

    def close(self) -> None:
        self.listeners.close()
        for stranger in self.strangers:
            stranger.close()


def endpoint_of(socket: Socket) -> str:
    found = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(found, bytes)
    return found.rstrip(b"\0").decode()


def is_cut(stranger: plain.socket) -> bool:
    """Return whether libzmq has let this one go."""
    stranger.setblocking(False)
    try:
        while stranger.recv(100):
            pass
    except BlockingIOError:
        return False
    except ConnectionError:
        pass
    return True


@pytest.fixture
def bound(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bound]:
    monkeypatch.setattr(listening, "most_connections", lambda limit, others: MOST)
    monkeypatch.setattr(sockets, "HANDSHAKE_MS", 60_000)  # nobody is cut off for his silence
    bound = Bound(context)
    yield bound
    bound.close()


def test_as_many_as_there_may_be_are_left_alone(bound: Bound) -> None:
    bound.come(bound.batches, MOST)
    bound.until(lambda: bound.listeners.connections == MOST)
    bound.listeners.update(time.monotonic_ns())

    assert [False] * MOST == [is_cut(stranger) for stranger in bound.strangers]


def test_the_socket_that_has_most_lets_all_go_and_workers_come_back(
    bound: Bound, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    worker = sockets.batch_pull(context, endpoint_of(bound.batches))
    asking = sockets.control_req(context, endpoint_of(bound.control))
    bound.until(lambda: bound.listeners.connections == 2)
    bound.come(bound.batches, MOST)
    bound.until(lambda: all(is_cut(stranger) for stranger in bound.strangers))
    bound.until(lambda: receiving.has_room(bound.batches))
    bound.batches.send(b"batch")
    asking.send(b"status")

    assert worker.poll(round(1000 * PATIENCE_SECONDS))
    assert bound.control.poll(round(1000 * PATIENCE_SECONDS))
    assert bound.listeners.connections <= MOST
    (said,) = caplog.records
    assert "too many connections" in said.message
    assert (endpoint_of(bound.batches), MOST) == (said.fields["address"], said.fields["most"])  # type: ignore[attr-defined]


def test_it_happens_as_often_as_too_many_come(bound: Bound) -> None:
    for _ in range(3):
        bound.until(lambda: bound.listeners.connections == 0)
        bound.come_when_it_listens(bound.batches, MOST + 1)
        bound.until(lambda: all(is_cut(stranger) for stranger in bound.strangers))


def test_an_address_that_is_taken_meanwhile_is_tried_again_until_it_is_free(
    bound: Bound, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind, refusals = Socket.bind, [True, True]

    def refuse_twice(socket: Socket, endpoint: str) -> object:
        if refusals:
            refusals.pop()
            raise zmq.ZMQError(zmq.EADDRINUSE)
        return bind(socket, endpoint)

    monkeypatch.setattr(zmq.Socket, "bind", refuse_twice)
    bound.come(bound.batches, MOST + 1)
    bound.until(lambda: not refusals)
    bound.come_when_it_listens(bound.batches, 1)

    bound.until(lambda: bound.listeners.connections == 1)


def test_a_socket_that_could_not_be_bound_is_no_hindrance_to_the_end(context: Context) -> None:
    listeners = Listeners(context)
    with plain.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Exception, match="Address already in use"):
            sockets.control_router(context, address, False, before_bind=listeners.watch)

    listeners.close()


def test_a_revoked_key_is_cut_off_told_and_the_others_come_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    revoked = ALLOWED.with_key("worker", AllowedKey("worker", PAIRS["worker"][0], revoked=True))
    lists: list[AllowedKeys] = []
    guard = Guard(key_of_role("replayer"), ALLOWED, lambda: lists.pop() if lists else None)
    theirs = context_of(guard)
    workers = {name: context_of(Guard(key_of_role(name))) for name in ("worker", "consumer")}
    listeners, counts = Listeners(theirs), list[PeerCount]()
    push = sockets.batch_push(
        theirs,
        "tcp://127.0.0.1:*",
        1,
        False,
        before_bind=lambda socket: counts.append(listeners.watch(socket)),
    )
    pulls = {name: sockets.batch_pull(each, endpoint_of(push)) for name, each in workers.items()}
    try:
        go_on(listeners, lambda: counts[0].count == 2)
        lists.append(revoked)

        def is_refused() -> bool:
            with contextlib.suppress(KeyRefused):
                refusals = workers["worker"].refusals
                assert refusals is not None
                refusals.check()
                return False
            return True

        go_on(listeners, is_refused)
        go_on(listeners, lambda: receiving.has_room(push))
        push.send(b"batch")
        go_on(listeners, lambda: bool(pulls["consumer"].poll(10)))

        assert not pulls["worker"].poll(0)
        go_on(listeners, lambda: len(caplog.records) > 1)
        said = [(record.message, record.fields) for record in caplog.records]  # type: ignore[attr-defined]
        assert ["a key is not let in any more", "peer refused"] == [
            message.partition(":")[0] for message, _ in said
        ][:2]
        refusal = {name: said[1][1][name] for name in ("socket", "address", "key", "reason")}
        assert {
            "socket": "batches",
            "address": "127.0.0.1",
            "key": "worker",
            "reason": "the key is revoked",
        } == refusal
    finally:
        listeners.close()
        for each in (theirs, *workers.values()):
            each.destroy(linger=0)


def test_who_comes_without_a_key_is_told_and_a_list_that_cannot_be_read_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    problem = ["allowed.toml is damaged"]
    guard = Guard(key_of_role("replayer"), ALLOWED, problem=lambda: problem[0])
    theirs, stranger = context_of(guard), context_of(None)
    listeners = Listeners(theirs)
    push = sockets.batch_push(theirs, "tcp://127.0.0.1:*", 1, False, before_bind=listeners.watch)
    pull = sockets.batch_pull(stranger, endpoint_of(push))
    try:
        go_on(listeners, lambda: len(caplog.records) == 2)
        said = {record.message.partition(":")[0]: record.fields for record in caplog.records}  # type: ignore[attr-defined]

        assert problem[0] == said["the list of keys cannot be read"]["reason"]
        told = said["peer refused"]
        assert ("batches", "unknown") == (told["socket"], told["key"])
        # Who sees first that the other has no key hangs up.
        assert told["reason"].startswith(("one side has a key", "it hung up in the handshake"))
        assert not pull.poll(0)
        assert told["address"] in ("127.0.0.1", "unknown")  # it may be gone when it is looked for
    finally:
        listeners.close()
        stranger.destroy(linger=0)
        theirs.destroy(linger=0)


def test_who_has_an_unknown_key_hides_nobody_whose_key_is_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    guard = Guard(key_of_role("replayer"), ALLOWED)
    theirs = context_of(guard)
    listeners = Listeners(theirs)
    for public in (*(pair(f"stranger {number}")[0] for number in range(9)), PAIRS["read"][0]):
        guard.admit(Candidate("batches", "10.0.0.7", "CURVE", (z85.decode(public),)))
    listeners.update(time.monotonic_ns())
    theirs.destroy(linger=0)

    assert ["unknown", "read"] == [record.fields["key"] for record in caplog.records]  # type: ignore[attr-defined]


def go_on(listeners: Listeners, condition: Callable[[], bool]) -> None:
    """Go on as a loop does until this is so."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up
        listeners.update(time.monotonic_ns())
