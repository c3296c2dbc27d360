"""Windows, pieces, and where tasks begin."""

from zreplay.backfilling.plan import (
    BEHIND_CUTS_NS,
    BEHIND_HEADS_NS,
    Cut,
    Look,
    Piece,
    Plan,
    Shape,
    Start,
    cuts_of,
    first_starts,
    plan_of,
)

DAY_NS = 86_400 * 10**9
S = 10**9


def packed(head_ns: int, latency_ns: int = 0, last_ns: int | None = None) -> Shape:
    return Shape((Look(0, head_ns, latency_ns),), last_ns, 100, is_enterable=False)


def plain(*looks: tuple[int, int]) -> Shape:
    return Shape(tuple(Look(*each, 0) for each in looks), None, 1000, is_enterable=True)


def test_files_that_cannot_be_entered_are_cut_at_their_heads_those_of_an_hour_once() -> None:
    shapes = [packed(DAY_NS), packed(0), packed(5 * S), packed(DAY_NS + 9 * S)]

    assert (Cut(DAY_NS, DAY_NS + BEHIND_HEADS_NS),) == cuts_of(shapes, 1)


def test_a_window_ends_behind_the_latency_that_is_usual_at_its_cut() -> None:
    shapes = [packed(0), packed(DAY_NS, latency_ns=3 * S)]

    assert (Cut(DAY_NS, DAY_NS + BEHIND_HEADS_NS + 6 * S),) == cuts_of(shapes, 1)


def test_files_that_can_be_entered_are_cut_every_so_many_bytes_of_all_of_them() -> None:
    shapes = [
        plain((0, 0), (100, 20 * S), (200, 40 * S)),
        plain((0, 10 * S), (100, 30 * S), (200, 50 * S)),
    ]

    cuts = cuts_of(shapes, window_bytes=200)

    assert [30 * S, 50 * S] == [cut.timestamp_ns for cut in cuts]
    assert {BEHIND_CUTS_NS} == {cut.arrival_ns - cut.timestamp_ns for cut in cuts}


def test_an_instant_that_does_not_ascend_is_no_cut() -> None:
    shapes = [packed(0), packed(DAY_NS, latency_ns=2 * DAY_NS), packed(2 * DAY_NS)]

    assert [DAY_NS] == [cut.timestamp_ns for cut in cuts_of(shapes, 1)]


def test_one_more_day_changes_no_window_but_the_last() -> None:
    days = [packed(number * DAY_NS) for number in range(4)]

    assert cuts_of(days, 1)[:2] == cuts_of(days[:3], 1)


def test_each_piece_is_at_home_where_its_head_lies_and_an_empty_file_in_the_first() -> None:
    cuts = [Cut(100, 110), Cut(200, 210)]
    shapes = [plain((0, 5)), packed(200), Shape((), None, 0, is_enterable=True)]

    plan = plan_of(shapes, cuts, [[Look(50, 105, 0), Look(50, 106, 0)], [], []])

    assert (110, 210) == plan.bounds
    assert (
        (Piece(0, 0, 5), Piece(50, 1, 105)),
        (Piece(0, 2, 200),),
        (Piece(0, 0, None),),
    ) == plan.pieces


def test_the_windows_are_half_open_and_together_all_arrivals() -> None:
    plan = Plan((10, 20), (), ())

    assert [(None, 10), (10, 20), (20, None)] == [plan.window(number) for number in range(3)]


def test_a_task_reads_the_heads_of_what_follows_and_what_lasts_on() -> None:
    day, next_day = (Piece(0, 0, 0),), (Piece(0, 1, 100),)
    week = (Piece(0, 0, 0),)
    plan = Plan((110, 210), (day, next_day, week), (90, None, 300))

    starts = first_starts(plan, horizon_ns=5)

    assert ({0: Start(0, None), 1: Start(0, None), 2: Start(0, None)}) == starts[0]
    assert ({1: Start(0, None), 2: Start(0, None)}) == starts[1]
    assert ({2: Start(0, None)}) == starts[2]
