"""Every bound socket has a handler that decides on admission, as long as its context lives."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
import zmq

from protocol import receiving, sockets
from protocol.sockets import Context, Socket
from protocol.zap import Candidate, ZapVerdict
from protocol.zap_handler import ENDPOINT, let_in
from tests.conftest import ClosingContext

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 10
POLL_MS = 5_000

DYING = """
import zmq
from protocol.zap_handler import ENDPOINT, let_in
context = zmq.Context()
def judge(candidate):
    raise RuntimeError("no idea")
let_in(context, judge)
asking = context.socket(zmq.REQ)
asking.connect(ENDPOINT)
asking.send_multipart([b"1.0", b"1", b"batches", b"127.0.0.1", b"", b"NULL"])
asking.recv()
"""


def endpoint_of(socket: Socket) -> str:
    found = socket.getsockopt(zmq.LAST_ENDPOINT)
    assert isinstance(found, bytes)
    return found.rstrip(b"\0").decode()


@pytest.fixture
def others() -> Iterator[Context]:
    """Give the context of other processes, whose end is not this one's."""
    context = ClosingContext()
    yield context
    context.destroy(linger=0)


def test_the_judge_hears_of_each_peer_and_of_its_socket(context: Context, others: Context) -> None:
    heard: SimpleQueue[Candidate] = SimpleQueue()

    def judge(candidate: Candidate) -> ZapVerdict:
        heard.put(candidate)
        return ZapVerdict(True)

    let_in(context, judge)
    push = sockets.batch_push(context, "tcp://127.0.0.1:*", 1, insecure=False)
    sockets.batch_pull(others, endpoint_of(push))
    found = heard.get(timeout=PATIENCE_SECONDS)

    assert Candidate("batches", "127.0.0.1", "NULL", ()) == found


def test_whom_the_judge_refuses_is_not_heard_and_others_are(
    context: Context, others: Context
) -> None:
    asked: SimpleQueue[str] = SimpleQueue()

    def judge(candidate: Candidate) -> ZapVerdict:
        asked.put(candidate.domain)
        return ZapVerdict(candidate.domain == "batches", "not you")

    let_in(context, judge)
    control = sockets.control_router(context, "tcp://127.0.0.1:*", insecure=False)
    push = sockets.batch_push(context, "tcp://127.0.0.1:*", 1, insecure=False)
    sockets.control_req(others, endpoint_of(control)).send(b"status")
    assert "control" == asked.get(timeout=PATIENCE_SECONDS)
    worker = sockets.batch_pull(others, endpoint_of(push))
    assert push.poll(POLL_MS, zmq.POLLOUT)
    push.send(b"batch")

    assert worker.poll(POLL_MS)
    assert not receiving.has_message(control)


def test_a_context_has_one_handler_however_many_sockets_it_binds(context: Context) -> None:
    for _ in range(3):
        let_in(context)
        sockets.batch_push(context, "tcp://127.0.0.1:*", 1, insecure=False)
    with pytest.raises(zmq.ZMQError, match="Address already in use"):
        context.socket(zmq.REP).bind(ENDPOINT)


def test_a_context_that_ends_takes_its_handler_along_and_nobody_is_told_of_a_death() -> None:
    deaths: list[BaseException] = []
    for _ in range(20):
        context: Context = zmq.Context()
        let_in(context, on_death=deaths.append)
        context.destroy(linger=0)  # it would wait for ever for a socket that stays open

    assert [] == deaths


def test_a_handler_that_dies_takes_the_process_with_it_and_says_so() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DYING],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert 70 == ended.returncode
    assert "error Z702: no peer can be admitted any more: RuntimeError('no idea')" in ended.stderr
