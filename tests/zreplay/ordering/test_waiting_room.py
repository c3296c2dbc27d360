"""How many rows count as waiting, and at which turn they are too many."""

import pytest

from protocol.errors import InputError
from tests.zreplay.example_quotes import make_block
from zreplay.ordering.waiting_room import WaitingRoom
from zreplay.ordering.waiting_rows import WaitingRows

HORIZON_NS = 10


@pytest.fixture
def waiting() -> WaitingRows:
    return WaitingRows()


@pytest.fixture
def room(waiting: WaitingRows) -> WaitingRoom:
    return WaitingRoom(waiting, 4, HORIZON_NS)


def test_rows_count_from_the_turn_of_their_file_on(waiting: WaitingRows, room: WaitingRoom) -> None:
    waiting.add(0, make_block([50, 51, 52, 53]))
    room.add_early((20, 0), 3)
    room.add_early((30, 1), 1)

    found = []
    for reached in [(19, 9), (20, 0), (20, 1), (30, 1), None]:
        room.pass_turns(reached)
        found.append((room.rows, room.take_turns()))
    assert [(0, []), (3, [0]), (3, []), (4, [1]), (4, [])] == found


def test_there_is_room_for_no_more_than_may_wait_at_once(
    waiting: WaitingRows, room: WaitingRoom
) -> None:
    waiting.add(0, make_block([50, 51, 52]))
    room.add_early((20, 0), 3)

    assert (True, False) == (room.has_room(1), room.has_room(2))


def test_a_turn_that_finds_too_many_is_where_it_is_full(
    waiting: WaitingRows, room: WaitingRoom
) -> None:
    waiting.add(0, make_block([50, 51, 52, 53, 54, 55]))
    room.add_early((20, 7), 1)
    room.pass_turns((21, 0))

    assert ((20, 7), 10) == (room.full_at, room.mark_ns((20, 7)))
    with pytest.raises(InputError, match=r"^a.csv: 5 quotes wait .* --max-buffer 4"):
        room.check("a.csv")


def test_what_is_due_at_a_turn_does_not_count(waiting: WaitingRows, room: WaitingRoom) -> None:
    waiting.add(0, make_block([5, 9, 10, 11, 12, 55]))
    room.add_early((20, 7), 1)
    room.pass_turns((21, 0))

    assert (None, [7]) == (room.full_at, room.take_turns())


def test_as_many_as_may_wait_are_not_too_many(waiting: WaitingRows, room: WaitingRoom) -> None:
    waiting.add(0, make_block([50, 51, 52, 53]))

    room.check("a.csv")
