"""What waits is received with its sender's key, and nothing is waited for."""

import zmq

from protocol import receiving, sockets
from protocol.sockets import Context

PATIENCE_MS = 5_000


def test_where_nothing_waits_nothing_is_received(context: Context) -> None:
    router = sockets.control_router(context, "tcp://127.0.0.1:*", insecure=False)

    assert (None, None, False) == (
        receiving.message_and_user(router),
        receiving.waiting_message(router),
        receiving.has_message(router),
    )


def test_a_message_without_a_key_has_no_user(context: Context) -> None:
    router = sockets.control_router(context, "tcp://127.0.0.1:*", insecure=False)
    asking = sockets.control_req(context, router.getsockopt_string(zmq.LAST_ENDPOINT))
    asking.send(b"ping")
    assert router.poll(PATIENCE_MS)
    received = receiving.message_and_user(router)

    assert received is not None
    assert ([b"", b"ping"], "") == (received[0][-2:], received[1])


def test_a_frame_of_our_own_has_no_user() -> None:
    assert "" == receiving.user_of(zmq.Frame(b"x"))
