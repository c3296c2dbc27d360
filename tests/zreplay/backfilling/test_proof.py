"""What reports prove, and what has to be read again."""

import pytest

from zreplay.backfilling.plan import Piece, Plan, Start, Starts
from zreplay.backfilling.proof import (
    Counts,
    PieceReport,
    Report,
    StartReport,
    lines_before,
    newest_before,
    still_needed,
)

# One file in two pieces, each at home in a window of its own.
PLAN = Plan((100,), ((Piece(0, 0, 0), Piece(50, 1, 90)),), (None,))
STARTS = ({0: Start(0, None)}, {0: Start(1, None)})


def report(piece: PieceReport, start: StartReport) -> Report:
    return Report("", [piece], [start], Counts(0, 0, 0, 0), [], [], 0)


def reports(
    second: StartReport,
    *,
    newest_ns: int | None = 89,
    first_arrivals: tuple[int, int] = (0, 99),
    arrivals: tuple[int, int] = (100, 120),
) -> list[Report]:
    return [
        report(PieceReport(0, 0, newest_ns, [first_arrivals], 7), StartReport(0, 0, 0, False)),
        report(PieceReport(0, 1, 118, [arrivals], None), second),
    ]


def test_nothing_is_needed_where_each_piece_begins_with_the_newest_quote_so_far() -> None:
    found = reports(StartReport(0, 90, 91, False))

    assert STARTS == still_needed(PLAN, STARTS, found, 5)


@pytest.mark.parametrize(
    "start",
    [
        StartReport(0, 88, 95, False),  # not the newest
        StartReport(0, 90, 83, False),  # late, by what is before it
        StartReport(0, 90, 91, True),  # what was taken for strays might be none
    ],
)
def test_else_it_begins_again_with_the_newest_one(start: StartReport) -> None:
    needed = still_needed(PLAN, STARTS, reports(start), 5)

    assert ({0: Start(0, None)}, {0: Start(1, 89)}) == needed
    assert needed == still_needed(PLAN, needed, reports(start), 5)


def test_a_piece_with_no_quote_before_it_begins_with_none() -> None:
    found = reports(StartReport(0, 1, 1, True), newest_ns=None)

    assert STARTS == still_needed(PLAN, STARTS, found, 5)


def test_what_was_begun_with_another_newest_one_is_begun_again() -> None:
    starts = ({0: Start(0, None)}, {0: Start(1, 85)})

    assert 89 == still_needed(PLAN, starts, reports(StartReport(0, 90, 91, False)), 5)[1][0][1]


def test_behind_the_end_of_what_was_asked_for_a_piece_has_to_know_it() -> None:
    found = reports(StartReport(0, 90, 91, False))

    assert Start(1, 89) == still_needed(PLAN, STARTS, found, 5, over_ns=89)[1][0]


def test_a_window_reads_each_piece_with_rows_for_it_or_from_before() -> None:
    found = reports(StartReport(0, 90, 91, False), first_arrivals=(0, 100))

    assert Start(0, None) == still_needed(PLAN, STARTS, found, 5)[1][0]


def test_a_window_that_does_not_have_the_file_gets_it() -> None:
    starts: Starts = ({}, STARTS[1])
    found = reports(StartReport(0, 90, 91, False), arrivals=(99, 120))
    found[0] = Report("", found[0].pieces, [], found[0].counts, [], [], 0)

    assert Start(0, None) == still_needed(PLAN, starts, found, 5)[0][0]


def test_the_newest_before_a_piece_is_that_of_all_before_it() -> None:
    assert [[None, 89]] == newest_before(PLAN, reports(StartReport(0, 90, 91, False)))


def test_lines_are_counted_through_pieces() -> None:
    found = reports(StartReport(0, 90, 91, False))

    assert {(0, 0): 0, (0, 1): 7} == lines_before(PLAN, found)
