"""Rejections are grouped by column and reason, in bounded memory."""

from zreplay.inspection.refusals import MAX_REASONS, OTHER_REASON, Refusals
from zreplay.inspection.report import Refusal
from zreplay.quotes.rejection import Rejection, RowCode


def rejection(line: int, column: str = "ask_price", reason: str = "not a number") -> Rejection:
    return Rejection("a.csv", line, line * 10, column, f"x{line}", reason, RowCode.NOT_A_NUMBER)


def test_the_reason_with_the_most_rows_comes_first_and_names_its_first_row() -> None:
    refusals = Refusals()
    for each in (rejection(2, "latency"), rejection(3), rejection(5)):
        refusals.add(each)

    assert 3 == refusals.rows
    assert [
        Refusal("Z102", "ask_price", "not a number", 2, "a.csv", 3, 30, "x3"),
        Refusal("Z102", "latency", "not a number", 1, "a.csv", 2, 20, "x2"),
    ] == refusals.report()


def test_reasons_that_differ_in_a_number_only_are_one() -> None:
    refusals = Refusals()
    for line in (1, 2, 3):
        refusals.add(rejection(line, "", f"{line} fields, the header has 9"))

    assert [("1 fields, the header has 9", 3)] == [(r.reason, r.rows) for r in refusals.report()]


def test_beyond_the_room_for_reasons_rows_are_still_counted() -> None:
    refusals = Refusals()
    for number in range(MAX_REASONS + 50):
        refusals.add(rejection(number, f"column{number}"))

    first = refusals.report()[0]
    assert (MAX_REASONS + 1, OTHER_REASON.text, 50) == (
        len(refusals.report()),
        first.reason,
        first.rows,
    )
