"""Sockets get their options before they bind, and bind only where no one else has access."""

import os
import re
import socket as plain
import stat
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import zmq

from protocol import receiving, sockets
from protocol.errors import LinkError, SettingsError
from protocol.limits import MAX_FRAME_BYTES
from protocol.sockets import Context, Socket

POLL_MS = 20_000
ENDS = {
    "batch_push": lambda context, at: sockets.batch_push(context, at, 2, insecure=False),
    "batch_pull": lambda context, at: sockets.batch_pull(context, at, 2),
    "broadcast_xpub": lambda context, at: sockets.broadcast_xpub(context, at, insecure=False),
    "broadcast_sub": sockets.broadcast_sub,
    "publish_xpub": lambda context, at: sockets.publish_xpub(context, at, False, 1000),
    "publish_sub": lambda context, at: sockets.publish_sub(context, at, [b"A"]),
    "result_push": sockets.result_push,
    "result_pull": lambda context, at: sockets.result_pull(context, at, insecure=False),
    "sync_dealer": sockets.sync_dealer,
    "sync_router": lambda context, at: sockets.sync_router(context, at, insecure=False),
    "control_router": lambda context, at: sockets.control_router(context, at, insecure=False),
    "control_req": sockets.control_req,
}
BINDING = (
    *("batch_push", "broadcast_xpub", "publish_xpub"),
    *("result_pull", "sync_router", "control_router"),
)
CONNECTING = (
    *("batch_pull", "broadcast_sub", "publish_sub"),
    *("result_push", "sync_dealer", "control_req"),
)
ALWAYS_WITH_ROOM = ("broadcast_xpub", "publish_xpub", "sync_router", "control_router")
# What a peer that is older than ZMTP 3 begins with, or somebody who is none at all.
ZMTP_3 = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
OLD_GREETINGS = {
    "one frame of ZMTP 1": b"\x01\x00",
    "ZMTP 1 with an identity": b"\x06\x00hello",
    "ZMTP 1 in the long form": b"\xff" + bytes(7) + b"\x01\x00",
    "ZMTP 1 with a revision": b"\xff" + bytes(8) + b"\x7f\x00\x08",
    "ZMTP 2": b"\xff" + bytes(8) + b"\x7f\x01\x08\x00\x00",
    "HTTP": b"GET / HTTP/1.1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nothing but zeros": bytes(100),
    "another mechanism": ZMTP_3.replace(b"NULL", b"EVIL"),
    "junk behind the greeting": ZMTP_3 + bytes(range(255, 0, -1)),
}
SLOW_GREETINGS = {"silence": b"", "half a greeting": ZMTP_3[:20], "a greeting, no more": ZMTP_3}
# Kind of socket, high-water mark, linger in ms, largest message.
OPTIONS = {
    "batch_push": (zmq.PUSH, 2, 0, MAX_FRAME_BYTES),
    "batch_pull": (zmq.PULL, 2, 0, MAX_FRAME_BYTES),
    "broadcast_xpub": (zmq.XPUB, 256, 0, 1024),
    "broadcast_sub": (zmq.SUB, 256, 0, MAX_FRAME_BYTES),
    "publish_xpub": (zmq.XPUB, 8192, 1000, 1024),
    "publish_sub": (zmq.SUB, 8192, 0, MAX_FRAME_BYTES),
    "result_push": (zmq.PUSH, 4, 1000, MAX_FRAME_BYTES),
    "result_pull": (zmq.PULL, 8, 0, MAX_FRAME_BYTES),
    "sync_dealer": (zmq.DEALER, 64, 0, MAX_FRAME_BYTES),
    "sync_router": (zmq.ROUTER, 64, 0, MAX_FRAME_BYTES),
    "control_router": (zmq.ROUTER, 64, 0, 64 * 1024),
    "control_req": (zmq.REQ, 64, 0, MAX_FRAME_BYTES),
}


@pytest.fixture
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give an ipc address in a folder of mode 0700, short enough for a socket."""
    return f"ipc://{tmp_path_factory.mktemp('l')}/s"


@pytest.mark.parametrize("name", ENDS)
def test_each_socket_has_its_options(context: Context, endpoint: str, name: str) -> None:
    socket = ENDS[name](context, endpoint)
    found = [
        socket.getsockopt(option)
        for option in (zmq.TYPE, zmq.SNDHWM, zmq.RCVHWM, zmq.LINGER, zmq.MAXMSGSIZE)
    ]
    kind, hwm, linger_ms, largest_bytes = OPTIONS[name]

    assert [kind, hwm, hwm, linger_ms, largest_bytes] == found


def test_a_socket_has_room_while_a_peer_takes_more_and_a_message_while_one_waits(
    context: Context, endpoint: str
) -> None:
    push = sockets.batch_push(context, endpoint, 2, insecure=False)
    assert (False, False) == (receiving.has_room(push), receiving.has_message(push))
    pull = sockets.batch_pull(context, endpoint, 2)
    assert push.poll(POLL_MS, zmq.POLLOUT)
    assert (True, False) == (receiving.has_room(push), receiving.has_message(pull))
    push.send(b"batch")
    assert pull.poll(POLL_MS)
    assert receiving.has_message(pull)
    pull.recv()
    assert not receiving.has_message(pull)


def test_a_message_that_waits_is_taken_and_none_is_waited_for(
    context: Context, endpoint: str
) -> None:
    push = sockets.batch_push(context, endpoint, 2, insecure=False)
    pull = sockets.batch_pull(context, endpoint, 2)
    assert receiving.waiting_message(pull) is None
    assert push.poll(POLL_MS, zmq.POLLOUT)
    push.send(b"batch")
    assert pull.poll(POLL_MS)
    found = receiving.waiting_message(pull)

    assert [b"batch"] == found
    assert receiving.waiting_message(pull) is None


def test_a_message_of_several_frames_is_gone_whole(context: Context, endpoint: str) -> None:
    push = sockets.batch_push(context, endpoint, 9, insecure=False)
    pull = sockets.batch_pull(context, endpoint, 9)
    assert push.poll(POLL_MS, zmq.POLLOUT)
    push.send(b"one")
    push.send_multipart([b"a", b"b", b"c"])
    push.send(b"two")
    found = []
    for _ in range(3):
        assert pull.poll(POLL_MS)
        frame = receiving.only_frame(pull)
        found.append(frame and bytes(frame))

    assert [b"one", None, b"two"] == found
    with pytest.raises(zmq.Again):
        receiving.only_frame(pull)


@pytest.mark.parametrize("name", ENDS)
def test_no_socket_has_a_heartbeat(context: Context, endpoint: str, name: str) -> None:
    assert 0 == ENDS[name](context, endpoint).getsockopt(zmq.HEARTBEAT_IVL)


def test_a_worker_queues_its_results_while_the_sink_is_away(
    context: Context, endpoint: str
) -> None:
    worker = sockets.result_push(context, endpoint)
    worker.send(b"result", zmq.DONTWAIT)
    sink = sockets.result_pull(context, endpoint, insecure=False)

    assert b"result" == receive(sink)


def test_a_lingering_batch_socket_is_only_for_those_who_ask(
    context: Context, endpoint: str
) -> None:
    socket = sockets.batch_push(context, endpoint, 1, insecure=False, linger_ms=500)

    assert 500 == socket.getsockopt(zmq.LINGER)


def test_a_message_over_the_limit_never_arrives(context: Context, endpoint: str) -> None:
    replies = sockets.control_router(context, endpoint, insecure=False)
    large, small = (sockets.control_req(context, endpoint) for _ in range(2))
    large.send(bytes(sockets.MAX_COMMAND_BYTES + 1))
    small.send(b"status")

    assert b"status" == receive_all(replies)[-1]


def test_a_question_may_be_asked_again_without_an_answer(context: Context, endpoint: str) -> None:
    replies, asking = (ENDS[name](context, endpoint) for name in ("control_router", "control_req"))
    asking.send(b"lost")
    asking.send(b"again")
    question = b""
    while question != b"again":
        *envelope, question = receive_all(replies)
        replies.send_multipart([*envelope, b"to " + question])

    assert b"to again" == receive(asking)


def test_questions_are_answered_in_any_order(context: Context, endpoint: str) -> None:
    replies = sockets.control_router(context, endpoint, insecure=False)
    askers = [sockets.control_req(context, endpoint) for _ in range(3)]
    for number, asker in enumerate(askers):
        asker.send(b"%d" % number)
    for *envelope, question in reversed([receive_all(replies) for _ in askers]):
        replies.send_multipart([*envelope, b"to " + question])

    assert [b"to 0", b"to 1", b"to 2"] == [receive(asker) for asker in askers]


@pytest.mark.parametrize("name", BINDING)
def test_an_address_in_use_is_a_link_error_that_names_it(context: Context, name: str) -> None:
    with context.socket(zmq.PAIR) as holder:
        port = holder.bind_to_random_port("tcp://127.0.0.1")
        with pytest.raises(LinkError, match=rf"127\.0\.0\.1:{port}: Address already in use") as it:
            ENDS[name](context, f"tcp://127.0.0.1:{port}")

    assert 3 == it.value.exit_code
    assert re.search(r"--(bind|broadcast|publish|sync|control) ADDRESS", it.value.fix)


@pytest.mark.parametrize("name", BINDING)
@pytest.mark.parametrize("host", ["0.0.0.0", "*", "192.0.2.1", "example.org", "[::]", "lo"])
def test_others_reach_an_address_only_when_the_user_says_so(
    context: Context, name: str, host: str
) -> None:
    with pytest.raises(SettingsError, match="no key is given"):
        ENDS[name](context, f"tcp://{host}:5555")


def test_insecure_binds_where_others_reach_it(context: Context) -> None:
    socket = sockets.result_pull(context, "tcp://0.0.0.0:*", insecure=True)

    assert socket.getsockopt(zmq.LAST_ENDPOINT).startswith(b"tcp://0.0.0.0:")


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize(
    "address",
    [
        "",
        "5555",
        "127.0.0.1:5555",
        "udp://127.0.0.1:1",
        "tcp://",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:99999",
        f"tcp://127.0.0.1:{'9' * 5000}",
        "tcp://127.0.0.1:http",
        "tcp://:5555",
        "inproc://a",
        "ipc://" + "x" * 101,
    ],
)
def test_an_address_that_cannot_be_is_a_wrong_setting(
    context: Context, name: str, address: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        ENDS[name](context, address)

    assert 2 == caught.value.exit_code


def test_a_host_that_cannot_be_is_a_link_error(context: Context) -> None:
    with pytest.raises(LinkError, match="cannot listen on"):
        sockets.result_pull(context, "tcp://[::1:5555", insecure=False)


def test_a_socket_that_failed_is_closed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Socket] = []
    make: Callable[..., Socket] = context.socket
    monkeypatch.setattr(context, "socket", lambda kind: opened.append(make(kind)) or opened[-1])
    for name in BINDING:
        with pytest.raises(SettingsError):
            ENDS[name](context, "tcp://0.0.0.0:5555")

    assert [True] * len(BINDING) == [socket.closed for socket in opened]


def receive_all(socket: Socket) -> list[bytes]:
    """Receive the frames of a message, with a limit too."""
    assert socket.poll(POLL_MS), f"nothing came within {POLL_MS} ms"
    return socket.recv_multipart()


def receive(socket: Socket) -> bytes:
    """Receive with a limit: a message that never comes fails the test."""
    while socket.poll(POLL_MS):
        with suppress(zmq.Again):  # a REP may have nothing after all once its peer has gone
            return socket.recv(zmq.DONTWAIT)
    raise AssertionError(f"nothing came within {POLL_MS} ms")


@pytest.mark.parametrize("greeting", OLD_GREETINGS)
@pytest.mark.parametrize("name", BINDING)
def test_who_is_older_than_zmtp_3_or_no_peer_is_cut_off(
    context: Context, name: str, greeting: str
) -> None:
    socket = ENDS[name](context, "tcp://127.0.0.1:*")
    with plain.create_connection(("127.0.0.1", port_of(socket)), POLL_MS / 1000) as stranger:
        stranger.sendall(OLD_GREETINGS[greeting])

        assert is_cut_off(stranger)
    assert not receiving.has_message(socket)
    assert name in ALWAYS_WITH_ROOM or not receiving.has_room(socket)


@pytest.mark.parametrize("greeting", SLOW_GREETINGS)
@pytest.mark.parametrize("name", BINDING)
def test_who_does_not_shake_hands_in_time_is_cut_off(
    context: Context, monkeypatch: pytest.MonkeyPatch, name: str, greeting: str
) -> None:
    monkeypatch.setattr(sockets, "HANDSHAKE_MS", 50)
    socket = ENDS[name](context, "tcp://127.0.0.1:*")
    with plain.create_connection(("127.0.0.1", port_of(socket)), POLL_MS / 1000) as stranger:
        stranger.sendall(SLOW_GREETINGS[greeting])

        assert is_cut_off(stranger)


@pytest.mark.parametrize("name", CONNECTING)
def test_nobody_speaks_to_a_listener_that_is_older_than_zmtp_3(context: Context, name: str) -> None:
    with plain.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(POLL_MS / 1000)
        ENDS[name](context, f"tcp://127.0.0.1:{server.getsockname()[1]}")
        old, _ = server.accept()
        with old:
            old.settimeout(POLL_MS / 1000)
            old.sendall(OLD_GREETINGS["one frame of ZMTP 1"])

            assert is_cut_off(old)


@pytest.mark.parametrize(("bound", "connected"), [*zip(BINDING, CONNECTING, strict=True)])
def test_the_system_looks_whether_the_other_host_of_a_connection_still_lives(
    context: Context, bound: str, connected: str
) -> None:
    listening = ENDS[bound](context, "tcp://127.0.0.1:*")
    ENDS[connected](context, f"tcp://127.0.0.1:{port_of(listening)}")
    give_up = time.monotonic() + POLL_MS / 1000
    while len(found := keepalives(port_of(listening))) < 2:
        assert time.monotonic() < give_up

    assert [[1, 1, 1, 10], [1, 1, 1, 10]] == found


def keepalives(port: int) -> list[list[int]]:
    """Return what the system was told of each end of the connections to a port."""
    found = []
    for fd in map(int, os.listdir("/dev/fd")):
        with suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(fd).st_mode):
                continue
            with plain.socket(fileno=os.dup(fd)) as end:
                if port in (end.getpeername()[1], end.getsockname()[1]):
                    found.append(
                        [
                            end.getsockopt(plain.SOL_SOCKET, plain.SO_KEEPALIVE),
                            end.getsockopt(plain.IPPROTO_TCP, plain.TCP_KEEPIDLE),
                            end.getsockopt(plain.IPPROTO_TCP, plain.TCP_KEEPINTVL),
                            end.getsockopt(plain.IPPROTO_TCP, plain.TCP_KEEPCNT),
                        ]
                    )
    return found


def port_of(socket: Socket) -> int:
    endpoint = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(endpoint, bytes)
    return int(endpoint.rstrip(b"\0").rpartition(b":")[2])


def is_cut_off(stranger: plain.socket) -> bool:
    """Return whether the other side ends the connection within the time limit of this one."""
    with suppress(ConnectionError):
        try:
            while stranger.recv(4096):
                pass
        except TimeoutError:
            return False
    return True
