"""The guard of a context is that of its tcp sockets; ipc needs none."""

import pytest
import zmq

from protocol.keys.guard import Guard
from protocol.keys.keyed_context import KeyedContext, guard_of
from tests.protocol.keys.key_examples import key_of_role


@pytest.mark.parametrize("is_keyed", [True, False])
@pytest.mark.parametrize("endpoint", ["tcp://127.0.0.1:1", "ipc:///tmp/none"])
def test_a_tcp_socket_of_a_context_with_a_guard_is_guarded(is_keyed: bool, endpoint: str) -> None:
    guard = Guard(key_of_role("worker"))
    with KeyedContext() as context, context.socket(zmq.PULL) as socket:
        context.guard = guard if is_keyed else None
        expected = guard if is_keyed and endpoint.startswith("tcp") else None

        assert expected is guard_of(socket, endpoint)


def test_another_context_guards_nothing(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    assert None is guard_of(context.socket(zmq.PULL), "tcp://127.0.0.1:1")
