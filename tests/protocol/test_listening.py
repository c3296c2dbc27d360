"""A listener is opened by us where possible, and stays open only for the socket that takes it."""

import os
import resource
import socket
import subprocess
import sys

import pytest

from protocol.listening import opened_listener
from tests.end_to_end.processes import ROOT

ANYWHERE = "tcp://127.0.0.1:*"
NO_DESCRIPTOR_LEFT = """
import errno, os, socket
import zmq
from protocol import sockets
context = zmq.Context()
push = sockets.batch_push(context, "tcp://127.0.0.1:*", 1, False)
endpoint = push.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\\0").decode()
push.unbind(endpoint)
while True:  # libzmq closes it on a thread of its own
    try:
        socket.create_server(("127.0.0.1", int(endpoint.rpartition(":")[2]))).close()
        break
    except OSError:
        pass
while True:
    try:
        last = os.dup(0)
    except OSError:
        break
try:
    sockets.listen(push, endpoint)
except zmq.ZMQError as error:
    print(error.errno == errno.EMFILE)
os.close(last)
sockets.listen(push, endpoint)
"""


def test_who_goes_on_with_it_has_a_listener_that_accepts() -> None:
    with opened_listener(ANYWHERE) as descriptor:
        assert descriptor is not None
    with (
        socket.socket(fileno=descriptor) as listener,
        socket.create_connection(listener.getsockname()) as comer,
        listener.accept()[0] as accepted,
    ):
        assert comer.getsockname() == accepted.getpeername()


def test_who_fails_leaves_nothing_open() -> None:
    with pytest.raises(RuntimeError), opened_listener(ANYWHERE) as descriptor:
        raise RuntimeError

    assert descriptor is not None
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_an_address_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match="in use"), opened_listener(address):
            pass


def test_the_buffers_are_as_large_as_asked_for_before_anyone_connects() -> None:
    with opened_listener(ANYWHERE, 12_345) as descriptor:
        assert descriptor is not None
    with socket.socket(fileno=descriptor) as listener:
        sizes = {
            listener.getsockopt(socket.SOL_SOCKET, name)
            for name in (socket.SO_SNDBUF, socket.SO_RCVBUF)
        }

    assert sizes <= {12_345, 2 * 12_345}  # Linux doubles it


@pytest.mark.parametrize(
    "endpoint", ["ipc:///tmp/batches", "tcp://localhost:1", "tcp://lo:1", "tcp://*:1"]
)
def test_names_are_left_to_libzmq(endpoint: str) -> None:
    with opened_listener(endpoint) as descriptor:
        assert descriptor is None


def test_one_descriptor_is_enough_to_listen_again_and_none_is_an_error() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NO_DESCRIPTOR_LEFT],
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    )

    assert (0, "True\n", "") == (ended.returncode, ended.stdout, ended.stderr)
