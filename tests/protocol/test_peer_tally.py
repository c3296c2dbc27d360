"""Peers are counted from connects and disconnects, whatever libzmq leaves unsaid."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.peer_tally import PeerTally

LIMIT_NS = 1000


def test_a_peer_counts_from_its_handshake_until_it_leaves() -> None:
    tally = PeerTally(LIMIT_NS)
    tally.accepted(7, 0)
    assert (0, 1) == (tally.peers, tally.connections)
    tally.handshaken()
    assert (1, 1) == (tally.peers, tally.connections)
    tally.disconnected(7)
    assert (0, 0) == (tally.peers, tally.connections)


def test_a_stranger_that_is_refused_takes_nothing_from_the_count() -> None:
    tally = PeerTally(LIMIT_NS)
    tally.accepted(7, 0)
    tally.handshaken()
    for fd in (8, 9, 8):
        tally.accepted(fd, 1)
        tally.disconnected(fd)

    assert (1, 1) == (tally.peers, tally.connections)


def test_who_outlives_the_time_for_a_handshake_has_had_it() -> None:
    tally = PeerTally(LIMIT_NS)
    tally.accepted(7, 0)
    tally.accepted(8, 1)
    tally.handshaken()
    tally.settle(LIMIT_NS + 1)
    assert 1 == tally.peers  # 7, and the handshake was its own
    tally.disconnected(8)
    assert (1, 1) == (tally.peers, tally.connections)
    tally.disconnected(7)
    assert (0, 0) == (tally.peers, tally.connections)


def test_within_the_time_for_a_handshake_nobody_is_taken_for_a_peer() -> None:
    tally = PeerTally(LIMIT_NS)
    tally.accepted(7, 0)
    tally.settle(LIMIT_NS)

    assert 0 == tally.peers


def test_a_connection_that_nobody_saw_come_changes_nothing_when_it_goes() -> None:
    tally = PeerTally(LIMIT_NS)
    tally.handshaken()
    tally.disconnected(7)

    assert (0, 0) == (tally.peers, tally.connections)


def test_a_descriptor_that_is_used_again_is_another_connection() -> None:
    tally = PeerTally(LIMIT_NS)
    tally.accepted(7, 0)
    tally.handshaken()
    tally.settle(LIMIT_NS + 1)
    tally.accepted(7, LIMIT_NS + 2)

    assert (0, 1) == (tally.peers, tally.connections)


def test_a_listener_that_is_closed_has_nobody() -> None:
    tally = PeerTally(LIMIT_NS)
    for fd in (7, 8):
        tally.accepted(fd, 0)
        tally.handshaken()
    tally.settle(LIMIT_NS + 1)
    tally.accepted(9, LIMIT_NS + 2)
    tally.closed()
    tally.settle(2 * LIMIT_NS + 3)

    assert (0, 0) == (tally.peers, tally.connections)


# Whether a connection shakes hands, and for how many events it stays.
VISITS = st.lists(st.tuples(st.booleans(), st.integers(1, 12)), max_size=30)


@given(VISITS, st.integers(1, 500))
def test_the_count_is_never_impossible_and_right_once_nobody_is_new(
    visits: list[tuple[bool, int]], step_ns: int
) -> None:
    tally, now_ns, truth = PeerTally(LIMIT_NS), 0, dict[int, tuple[bool, int]]()
    for fd, (is_peer, stays) in enumerate(visits):
        now_ns += step_ns
        tally.settle(now_ns)
        tally.accepted(fd, now_ns)
        truth[fd] = is_peer, fd + stays
        if is_peer:
            tally.handshaken()
        for gone in [one for one, (_, until) in truth.items() if until <= fd]:
            tally.disconnected(gone)
            del truth[gone]
        assert 0 <= tally.peers <= tally.connections == len(truth)
    for gone in [one for one, (is_peer, _) in truth.items() if not is_peer]:
        tally.disconnected(gone)  # libzmq cuts off who does not shake hands in time
        del truth[gone]
    tally.settle(now_ns + LIMIT_NS + 1)

    assert (len(truth), len(truth)) == (tally.peers, tally.connections)
