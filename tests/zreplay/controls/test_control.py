"""A client gets its answer, or an error within its time."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import zmq

from protocol.errors import KeyRefused, LinkError
from protocol.keys.allowed import AllowedKey, AllowedKeys
from protocol.keys.guard import Guard
from protocol.program.listeners import Listeners
from protocol.refusals import context_of
from protocol.sockets import Context, Socket, control_router
from tests.protocol.keys.key_examples import ALLOWED, PAIRS, key_of_role
from zreplay.controls.control import ControlClient
from zreplay.controls.responder import Answer, Request, Responder

PATIENCE_MS = 5_000


@pytest.fixture
def replier(context: Context) -> Iterator[Socket]:
    socket = control_router(context, "tcp://127.0.0.1:*", insecure=False)
    yield socket
    socket.close()


def address_of(socket: Socket) -> str:
    return str(socket.getsockopt_string(zmq.LAST_ENDPOINT))


def done(request: Request) -> Answer:
    return {"ok": True, "verb": request.verb, "value": request.value}


def test_the_client_gets_the_answer(context: Context, replier: Socket) -> None:
    responder = Responder(replier)

    def serve() -> None:
        replier.poll(PATIENCE_MS)
        responder.answer_waiting(done)

    server = threading.Thread(target=serve)
    server.start()
    client = ControlClient(context, address_of(replier), PATIENCE_MS)
    answer = client.ask("speed", "2")
    server.join()
    client.close()

    assert {"ok": True, "verb": "speed", "value": "2"} == answer


def test_a_connection_that_is_lost_between_the_poll_and_the_send_is_waited_for(
    context: Context, replier: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ControlClient(context, address_of(replier), PATIENCE_MS)
    send, tries = type(client._socket).send, []

    def lost_once(self: Socket, *arguments: Any, **options: Any) -> Any:
        if self is client._socket:  # and not the one of the thread that admits it
            tries.append(self)
            if len(tries) == 1:
                raise zmq.Again
        return send(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(type(client._socket), "send", lost_once)
        is_sent = client._is_sent(b"{}", time.monotonic_ns() + PATIENCE_MS * 1_000_000)
    client.close()

    assert (True, 2) == (is_sent, len(tries))


def test_a_silent_address_is_a_link_error_with_exit_code_3_and_can_be_asked_again(
    context: Context, replier: Socket
) -> None:
    client = ControlClient(context, address_of(replier), timeout_ms=1)
    for _ in range(2):
        with pytest.raises(LinkError, match="no replayer answered on tcp://127") as caught:
            client.ask("ping")
        assert caught.value.exit_code == 3
    client.close()


@pytest.mark.parametrize(
    "said", [b"hello?", b"\xff", b'{"a":' + b"[" * 5000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_an_answer_that_is_no_object_is_a_link_error(
    context: Context, replier: Socket, said: bytes
) -> None:
    def serve() -> None:
        *envelope, _ = replier.recv_multipart()
        replier.send_multipart([*envelope, said])

    server = threading.Thread(target=serve)
    server.start()
    client = ControlClient(context, address_of(replier), PATIENCE_MS)
    with pytest.raises(LinkError, match="did not answer as a replayer does"):
        client.ask("ping")
    server.join()
    client.close()


def test_who_is_revoked_between_two_questions_learns_of_it_at_the_next() -> None:
    """libzmq gives up the connection then: there is nothing to send to, and a send would wait."""
    revoked = ALLOWED.with_key("read", AllowedKey("read", PAIRS["read"][0], revoked=True))
    lists: list[AllowedKeys] = []
    guard = Guard(key_of_role("replayer"), ALLOWED, lambda: lists.pop() if lists else None)
    theirs, ours = context_of(guard), context_of(Guard(key_of_role("read")))
    listeners = Listeners(theirs)
    control = control_router(theirs, "tcp://127.0.0.1:*", False, before_bind=listeners.watch)
    client = ControlClient(ours, address_of(control), PATIENCE_MS)
    over = threading.Event()

    def serve() -> None:
        responder = Responder(control)
        while not over.is_set():
            listeners.update(time.monotonic_ns())
            control.poll(1)
            responder.answer_waiting(done)

    server = threading.Thread(target=serve)
    server.start()
    assert client.ask("status")["ok"]
    lists.append(revoked)
    give_up = time.monotonic() + PATIENCE_MS / 1000
    while client._socket.poll(0, zmq.POLLOUT):
        assert time.monotonic() < give_up
    with pytest.raises(KeyRefused, match="refuses the key 'read'"):
        client.ask("status")
    over.set()
    server.join()
    client.close()
    listeners.close()
    for context in (ours, theirs):
        context.destroy(linger=0)
