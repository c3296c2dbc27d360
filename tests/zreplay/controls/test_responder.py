"""Every request gets an answer, and no client can hold up the loop."""

from collections.abc import Iterator
from concurrent.futures import Future

import msgspec
import pytest
import zmq

from protocol.errors import SettingsError
from protocol.keys.allowed import AllowedKey
from protocol.keys.guard import Guard
from protocol.keys.role import ROLES
from protocol.refusals import context_of
from protocol.sockets import Context, Socket, control_req, control_router
from tests.protocol.keys.key_examples import ALLOWED, PAIRS, key_of_role
from zreplay.controls.responder import (
    MAX_REQUESTS_PER_TURN,
    Answer,
    Request,
    Responder,
    parse_request,
)
from zreplay.controls.verb_table import VERBS

PATIENCE_MS = 5_000


@pytest.fixture
def endpoint() -> str:
    return "tcp://127.0.0.1:*"


@pytest.fixture
def replier(context: Context, endpoint: str) -> Iterator[Socket]:
    socket = control_router(context, endpoint, insecure=False)
    yield socket
    socket.close()


@pytest.fixture
def responder(replier: Socket) -> Responder:
    return Responder(replier)


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
    context: Context, replier: Socket, responder: Responder, frames: list[bytes], answer: Answer
) -> None:
    asker = asker_of(context, replier)
    asker.send_multipart(frames)
    assert replier.poll(PATIENCE_MS)

    responder.answer_waiting(done)

    assert asker.poll(PATIENCE_MS)
    assert answer == msgspec.json.decode(asker.recv())


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"{", b'{"verb": "fly"}'])
def test_what_cannot_be_read_is_answered_and_the_next_request_too(
    context: Context, replier: Socket, responder: Responder, data: bytes
) -> None:
    asker = asker_of(context, replier)
    for request, is_ok in ((data, False), (b'{"verb": "ping"}', True)):
        asker.send(request)
        assert replier.poll(PATIENCE_MS)
        responder.answer_waiting(done)
        assert asker.poll(PATIENCE_MS)
        assert is_ok == msgspec.json.decode(asker.recv())["ok"]


def test_a_refusal_of_the_loop_carries_its_reason_and_what_to_do(
    context: Context, replier: Socket, responder: Responder
) -> None:
    def refuse(request: Request) -> Answer:
        raise SettingsError("there is no live address", fix="--live ws://HOST:PORT")

    asker = asker_of(context, replier)
    asker.send(b'{"verb": "mode", "value": "live"}')
    assert replier.poll(PATIENCE_MS)
    responder.answer_waiting(refuse)

    expected = {
        "ok": False,
        "code": "Z200",
        "error": "there is no live address",
        "fix": "--live ws://HOST:PORT",
    }
    assert asker.poll(PATIENCE_MS)
    assert expected == msgspec.json.decode(asker.recv())


def test_a_peer_that_speaks_no_request_protocol_never_holds_up_the_loop(
    context: Context, replier: Socket, responder: Responder
) -> None:
    rude = asker_of(context, replier, zmq.DEALER)
    rude.send(b"no empty delimiter frame")  # it could not be told whom to answer
    polite = asker_of(context, replier)
    polite.send(b'{"verb": "ping"}')
    while not polite.poll(10):
        responder.answer_waiting(done)

    assert msgspec.json.decode(polite.recv())["ok"]


def test_with_nobody_asking_it_returns_at_once(responder: Responder) -> None:
    responder.answer_waiting(done)


def test_a_flood_of_requests_leaves_the_loop_its_turn(
    context: Context, replier: Socket, responder: Responder
) -> None:
    flood = asker_of(context, replier, zmq.DEALER)
    total = 3 * MAX_REQUESTS_PER_TURN
    for _ in range(total):
        flood.send_multipart([b"", b'{"verb": "ping"}'])
    answered: list[int] = []
    while sum(answered) < total:
        assert replier.poll(PATIENCE_MS)
        turn: list[Request] = []
        responder.answer_waiting(lambda request, turn=turn: turn.append(request) or {})  # type: ignore[misc]
        answered.append(len(turn))

    assert max(answered) <= MAX_REQUESTS_PER_TURN


def test_what_takes_long_is_answered_later_and_holds_up_nobody(
    context: Context, replier: Socket, responder: Responder
) -> None:
    slow: Future[Answer] = Future()

    def answer(request: Request) -> Answer | Future[Answer]:
        return slow if request.verb == "seek" else done(request)

    askers = [asker_of(context, replier) for _ in range(2)]
    askers[0].send(b'{"verb": "seek", "value": "start"}')
    assert replier.poll(PATIENCE_MS)
    responder.answer_waiting(answer)
    askers[1].send(b'{"verb": "ping"}')
    assert replier.poll(PATIENCE_MS)
    responder.answer_waiting(answer)
    assert askers[1].poll(PATIENCE_MS)
    assert not askers[0].poll(0)

    slow.set_exception(SettingsError("there is no such place"))
    responder.answer_waiting(answer)

    assert askers[0].poll(PATIENCE_MS)
    assert "there is no such place" == msgspec.json.decode(askers[0].recv())["error"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ROLES)
def test_a_key_may_use_the_verbs_of_its_role_and_only_those(role: str, verb: str) -> None:
    guard = Guard(key_of_role("replayer"), ALLOWED)
    theirs, ours = context_of(guard), context_of(Guard(key_of_role(role)))
    replier = control_router(theirs, "tcp://127.0.0.1:*", insecure=False)
    done_verbs = []

    def carry_out(request: Request) -> Answer:
        done_verbs.append(request.verb)
        return done(request)

    responder = Responder(replier, guard)
    if "control" not in ROLES[role].sockets:  # it was let in before it lost its role
        guard._allowed = ALLOWED.with_key(role, AllowedKey("control", PAIRS[role][0]))
    client = control_req(ours, address_of(replier))
    value = VERBS[verb].example if VERBS[verb].value else ""
    client.send(msgspec.json.encode({"verb": verb, "value": value}))
    assert replier.poll(PATIENCE_MS)
    guard._allowed = ALLOWED
    responder.answer_waiting(carry_out)
    assert client.poll(PATIENCE_MS)
    said = msgspec.json.decode(client.recv())
    is_refused = "control" not in ROLES[role].sockets
    may = not is_refused and (role == "control" or verb in {"status", "stats", "ping"})

    assert (may, [verb] if may else []) == (said["ok"], done_verbs)
    if not may:
        assert ("Z307" if is_refused else "Z308") == said["code"]
    ours.destroy(linger=0)
    theirs.destroy(linger=0)
