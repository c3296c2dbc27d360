"""A connection whose way is lost is cut off, so that both ends notice; no other descriptor is."""

import socket as plain
from collections.abc import Iterator

import pytest

from protocol import connections
from protocol.connections import LOOK_NS, MOST_CUTS, Connections, Cut
from protocol.lost_path import PATIENCE_NS, Asked

PATIENCE_SECONDS = 5
SILENT = Asked(True, PATIENCE_NS)
pytestmark = pytest.mark.skipif(not connections._IS_TOLD, reason="only Linux tells")

Pair = tuple[plain.socket, plain.socket]


def connected() -> Pair:
    with plain.create_server(("127.0.0.1", 0)) as server:
        here = plain.create_connection(server.getsockname(), PATIENCE_SECONDS)
        there, _ = server.accept()
    return here, there


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Give both ends of a connection of which the kernel tells that nothing comes back."""
    monkeypatch.setattr(connections, "asked", lambda info: SILENT)
    here, there = connected()
    with here, there:
        yield here, there


def looked_at(here: plain.socket, *, is_repeated: bool = True) -> Connections:
    noted = Connections("results", is_repeated=is_repeated)
    noted.opened(here.fileno(), 0)
    for now_ns in (LOOK_NS, LOOK_NS + PATIENCE_NS):
        noted.look(now_ns)
    return noted


def test_a_lost_one_is_cut_off_at_both_ends_and_told_once(pair: Pair) -> None:
    noted = looked_at(pair[0])

    assert b"" == pair[0].recv(1)
    assert b"" == pair[1].recv(1)
    assert [Cut("results", "127.0.0.1", PATIENCE_NS)] == noted.take_cuts()
    assert [] == noted.take_cuts()


def test_what_is_not_sent_again_is_left_to_tcp(pair: Pair) -> None:
    looked_at(pair[0], is_repeated=False)
    pair[1].send(b"late")

    assert b"late" == pair[0].recv(9)


def test_the_kernel_of_a_sound_connection_does_not_say_that_it_is_lost() -> None:
    here, there = connected()
    with here, there:
        looked_at(here)
        there.send(b"sound")

        assert b"sound" == here.recv(9)


def test_a_descriptor_that_is_another_connection_now_is_not_touched(pair: Pair) -> None:
    noted = Connections("results", is_repeated=True)
    noted.opened(pair[0].fileno(), 0)
    number = pair[0].fileno()
    pair[0].close()
    others = connected()
    reused = next((each for each in others if each.fileno() == number), None)
    assert reused is not None
    for now_ns in (LOOK_NS, LOOK_NS + PATIENCE_NS):
        noted.look(now_ns)
    others[1].send(b"other")

    assert [] == noted.take_cuts()
    assert b"other" == others[0].recv(9)
    for each in others:
        each.close()


@pytest.mark.parametrize("kind", [plain.AF_UNIX, None])
def test_what_is_no_connection_over_tcp_is_left_alone(kind: int | None) -> None:
    here, there = plain.socketpair()
    with here, there:
        noted = looked_at(here) if kind else Connections("results", is_repeated=True)
        if not kind:
            noted.opened(10**6, 0)
        there.send(b"x")

        assert b"x" == here.recv(1)
        assert "unknown" == noted.closed(here.fileno(), 0)


def test_of_cuts_that_nobody_takes_the_last_are_kept(pair: Pair) -> None:
    noted = Connections("results", is_repeated=True)
    for number in range(MOST_CUTS + 1):
        noted._cuts.append(Cut("results", str(number), 0))

    assert [str(number) for number in range(1, MOST_CUTS + 1)] == [
        cut.address for cut in noted.take_cuts()
    ]


def test_who_is_cut_off_and_comes_back_at_once_is_given_more_time(pair: Pair) -> None:
    noted = looked_at(pair[0])
    others = connected()
    with others[0], others[1]:
        noted.opened(others[0].fileno(), LOOK_NS + PATIENCE_NS)
        for now_ns in (3 * PATIENCE_NS, 3 * PATIENCE_NS + SILENT.silent_ns):
            noted.look(now_ns)
        others[1].send(b"late")

        assert 1 == len(noted.take_cuts())
        assert b"late" == others[0].recv(9)
