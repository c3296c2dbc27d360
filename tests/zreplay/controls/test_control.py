"""Whatever asks gets an answer, and nothing that asks can hold up the loop."""

import threading
from collections.abc import Iterator

import msgspec
import pytest
import zmq

from protocol.errors import LinkError, SettingsError
from protocol.sockets import Context, Socket, control_rep
from zreplay.controls.control import (
    MAX_REQUESTS_PER_TURN,
    Answer,
    ControlClient,
    Request,
    answer_waiting,
    parse_request,
)

PATIENCE_MS = 5_000


@pytest.fixture
def endpoint() -> str:
    return "tcp://127.0.0.1:*"


@pytest.fixture
def replier(context: Context, endpoint: str) -> Iterator[Socket]:
    socket = control_rep(context, endpoint, insecure=False)
    yield socket
    socket.close()


def address_of(socket: Socket) -> str:
    return str(socket.getsockopt_string(zmq.LAST_ENDPOINT))


def asker_of(context: Context, replier: Socket, kind: int = zmq.REQ) -> Socket:
    asker = context.socket(kind)
    asker.connect(address_of(replier))
    return asker


def done(request: Request) -> Answer:
    return {"ok": True, "verb": request.verb, "value": request.value}


@pytest.mark.parametrize(
    ("data", "request_"),
    [
        (b'{"verb": "status"}', Request("status")),
        (b'{"verb": "mode", "value": "live"}', Request("mode", "live")),
        (b'{"verb": "pause", "value": ""}', Request("pause")),
    ],
)
def test_a_request_is_read(data: bytes, request_: Request) -> None:
    assert request_ == parse_request(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"value": "live"}', "cannot be read"),
        (b'{"verb": 7}', "cannot be read"),
        (b'{"verb": "pause", "force": true}', "cannot be read"),
        (b'{"verb": "fly"}', "verb was 'fly'"),
        (b'{"verb": "mode"}', "mode needs a value"),
        (b'{"verb": "pause", "value": "now"}', "pause takes no value"),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(data: bytes, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        parse_request(data)


@pytest.mark.parametrize(
    ("frames", "answer"),
    [
        ([b'{"verb": "ping"}'], {"ok": True, "verb": "ping", "value": ""}),
        ([b'{"verb":', b'"ping"}'], {"ok": True, "verb": "ping", "value": ""}),
    ],
)
def test_a_request_gets_what_the_loop_answers(
    context: Context, replier: Socket, frames: list[bytes], answer: Answer
) -> None:
    asker = asker_of(context, replier)
    asker.send_multipart(frames)
    assert replier.poll(PATIENCE_MS)

    answer_waiting(replier, done)

    assert asker.poll(PATIENCE_MS)
    assert answer == msgspec.json.decode(asker.recv())


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"{", b'{"verb": "fly"}'])
def test_what_cannot_be_read_is_answered_and_the_next_request_too(
    context: Context, replier: Socket, data: bytes
) -> None:
    asker = asker_of(context, replier)
    for request, is_ok in ((data, False), (b'{"verb": "ping"}', True)):
        asker.send(request)
        assert replier.poll(PATIENCE_MS)
        answer_waiting(replier, done)
        assert asker.poll(PATIENCE_MS)
        assert is_ok == msgspec.json.decode(asker.recv())["ok"]


def test_a_refusal_of_the_loop_carries_its_reason_and_what_to_do(
    context: Context, replier: Socket
) -> None:
    def refuse(request: Request) -> Answer:
        raise SettingsError("there is no live address", fix="--live ws://HOST:PORT")

    asker = asker_of(context, replier)
    asker.send(b'{"verb": "mode", "value": "live"}')
    assert replier.poll(PATIENCE_MS)
    answer_waiting(replier, refuse)

    expected = {
        "ok": False,
        "code": "Z200",
        "error": "there is no live address",
        "fix": "--live ws://HOST:PORT",
    }
    assert asker.poll(PATIENCE_MS)
    assert expected == msgspec.json.decode(asker.recv())


def test_a_peer_that_speaks_no_request_protocol_never_holds_up_the_loop(
    context: Context, replier: Socket
) -> None:
    rude = asker_of(context, replier, zmq.DEALER)
    rude.send(b"no empty delimiter frame")  # may make the REP readable and give no message
    polite = asker_of(context, replier)
    polite.send(b'{"verb": "ping"}')
    while not polite.poll(10):
        answer_waiting(replier, done)

    assert msgspec.json.decode(polite.recv())["ok"]


def test_with_nobody_asking_it_returns_at_once(replier: Socket) -> None:
    answer_waiting(replier, done)


def test_a_flood_of_requests_leaves_the_loop_its_turn(context: Context, replier: Socket) -> None:
    flood = asker_of(context, replier, zmq.DEALER)
    total = 3 * MAX_REQUESTS_PER_TURN
    for _ in range(total):
        flood.send_multipart([b"", b'{"verb": "ping"}'])
    answered: list[int] = []
    while sum(answered) < total:
        assert replier.poll(PATIENCE_MS)
        turn: list[Request] = []
        answer_waiting(replier, lambda request, turn=turn: turn.append(request) or {})  # type: ignore[misc]
        answered.append(len(turn))

    assert max(answered) <= MAX_REQUESTS_PER_TURN


def test_the_client_gets_the_answer(context: Context, replier: Socket) -> None:
    def serve() -> None:
        replier.poll(PATIENCE_MS)
        answer_waiting(replier, done)

    server = threading.Thread(target=serve)
    server.start()
    client = ControlClient(context, address_of(replier), PATIENCE_MS)
    answer = client.ask("speed", "2")
    server.join()
    client.close()

    assert {"ok": True, "verb": "speed", "value": "2"} == answer


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
        replier.recv()
        replier.send(said)

    server = threading.Thread(target=serve)
    server.start()
    client = ControlClient(context, address_of(replier), PATIENCE_MS)
    with pytest.raises(LinkError, match="did not answer as a replayer does"):
        client.ask("ping")
    server.join()
    client.close()
