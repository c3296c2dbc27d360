"""Which role may connect to which socket, in one table."""

import pytest

from protocol.keys.role import LISTENERS, ROLES, SOCKETS, listener_of

MAY = {
    "replayer": {"sync"},
    "sink": set(),
    "worker": {"batches", "results"},
    "consumer": {"batches", "broadcast", "publish", "control"},
    "read": {"control"},
    "control": {"control"},
}


def test_each_role_may_connect_to_these_sockets_and_to_no_other() -> None:
    assert MAY == {name: set(role.sockets) for name, role in ROLES.items()}


def test_only_a_key_for_control_may_change_a_replay() -> None:
    assert {"control"} == {name for name, role in ROLES.items() if role.changes}


@pytest.mark.parametrize("socket", SOCKETS)
def test_each_socket_belongs_to_one_who_listens(socket: str) -> None:
    of_the_sink = {"results", "sync", "publish"}

    assert ("sink" if socket in of_the_sink else "replayer") == listener_of(socket)
    assert listener_of(socket) in LISTENERS
