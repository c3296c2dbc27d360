"""What a plan says that it will cost."""

from zreplay.backfilling.plan import Piece, Plan, Start
from zreplay.backfilling.plan_estimate import (
    OPEN_FILE_BYTES,
    WORKER_BYTES,
    Estimate,
    estimated,
    most_memory_bytes,
)

DAY = 1_000
"""Three windows: day 0, day 1, day 2; each ends 10 behind the head of the next."""
BOUNDS = (DAY + 10, 2 * DAY + 10)


def days(*last_ns: int | None) -> Plan:
    pieces = tuple((Piece(0, day, day * DAY),) for day in range(3))
    return Plan(BOUNDS, pieces, last_ns)


def test_of_files_that_follow_one_another_the_head_of_the_next_is_read_twice() -> None:
    starts = ({0: Start(0, None), 1: Start(0, None)}, {1: Start(0, None), 2: Start(0, None)})

    found = estimated(days(None, 2 * DAY, 3 * DAY), (*starts, {2: Start(0, None)}), [500] * 3, 90)

    assert Estimate(500, 100) == found  # 100 of 1,000 of each of two files


def test_how_long_a_file_lasts_that_is_read_through_is_taken_from_its_window() -> None:
    starts = ({0: Start(0, None), 1: Start(0, None)}, {1: Start(0, None)}, {2: Start(0, None)})

    assert Estimate(1_010, 101) == estimated(days(None, None, None), starts, [1_010] * 3, 91)


def test_a_file_of_three_days_is_read_through_for_each() -> None:
    plan = Plan(BOUNDS, ((Piece(0, 0, 0),),), (None,))

    found = estimated(plan, ({0: Start(0, None)},) * 3, [300], 90)

    assert Estimate(300, 600) == found


def test_pieces_of_a_file_that_can_be_entered_are_read_once_but_for_their_beginnings() -> None:
    pieces = (Piece(0, 0, 0), Piece(100, 1, DAY), Piece(200, 2, 2 * DAY))
    starts = ({0: Start(0, None)}, {0: Start(1, None)}, {0: Start(2, None)})

    found = estimated(Plan(BOUNDS, (pieces,), (3 * DAY,)), starts, [300], 90)

    assert Estimate(100, 20) == found


def test_memory_is_that_of_workers_and_their_files() -> None:
    assert 2 * (WORKER_BYTES + 3 * OPEN_FILE_BYTES) == most_memory_bytes(2, 3)
