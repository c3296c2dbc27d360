"""Rows are counted by ticker, and a flood of names stays within its limit."""

from tests.zreplay.example_quotes import make_block
from zreplay.inspection.report import TickerRows, Tickers
from zreplay.inspection.ticker_counts import TickerCounts


def test_rows_of_all_blocks_are_counted_by_name_and_unused_names_are_not() -> None:
    counts = TickerCounts()
    counts.add(make_block([1, 2, 3], ["B", "A", "B"], names=["A", "unused", "B"]))
    counts.add(make_block([1, 2, 3], ["C", "A", "B"], names=["C", "B", "A"]))

    assert Tickers(3, True, [TickerRows("B", 3), TickerRows("A", 2)]) == counts.report(top=2)


def test_tickers_with_as_many_rows_come_by_name() -> None:
    counts = TickerCounts()
    counts.add(make_block([1, 2], ["B", "A"]))

    assert ["A", "B"] == [row.ticker for row in counts.report(top=2).top]


def test_beyond_the_room_for_names_the_count_says_that_it_is_the_least() -> None:
    counts = TickerCounts(max_names=2)
    counts.add(make_block([1, 2, 3, 4], ["A", "B", "C", "A"]))

    assert Tickers(2, False, [TickerRows("A", 2), TickerRows("B", 1)]) == counts.report(top=9)
