"""With too many connections a socket drops all of them, and real peers come back."""

import contextlib
import socket as plain
import time
from collections.abc import Callable, Iterator

import pytest
import zmq

from protocol import sockets
from protocol.program import listeners as listening
from protocol.program.listeners import Listeners
from protocol.sockets import Context, Socket

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
    bound.until(lambda: sockets.has_room(bound.batches))
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
