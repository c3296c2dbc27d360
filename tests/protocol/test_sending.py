"""A frame of any size arrives as it was, and is refused where there is no room for it."""

import random

import pytest
import zmq

from protocol import sockets
from protocol.sending import UNCOPIED_BYTES, send_frame
from protocol.sockets import Context

PATIENCE_MS = 5_000
SIZES = [0, 1, UNCOPIED_BYTES - 1, UNCOPIED_BYTES, 3 * UNCOPIED_BYTES]


@pytest.mark.parametrize("size", SIZES)
def test_it_arrives_as_it_was_also_when_the_sender_has_forgotten_it(
    size: int, context: Context
) -> None:
    push = sockets.batch_push(context, "tcp://127.0.0.1:*", hwm=2, insecure=False)
    pull = sockets.batch_pull(context, push.getsockopt_string(zmq.LAST_ENDPOINT), hwm=2)
    assert push.poll(PATIENCE_MS, zmq.POLLOUT)

    assert send_frame(push, random.Random(size).randbytes(size))
    push.close(linger=PATIENCE_MS)

    assert pull.poll(PATIENCE_MS)
    assert random.Random(size).randbytes(size) == pull.recv()


@pytest.mark.parametrize("size", SIZES)
def test_without_room_it_is_refused_and_stays_what_it_is(size: int, context: Context) -> None:
    push = sockets.batch_push(context, "tcp://127.0.0.1:*", hwm=1, insecure=False)
    frame = random.Random(size).randbytes(size)

    assert not send_frame(push, frame)
    assert random.Random(size).randbytes(size) == frame
