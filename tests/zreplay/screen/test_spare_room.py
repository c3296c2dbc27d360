"""A tall screen shows how late quotes left and the top tickers, and no line too many."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.zreplay.answers import make_status
from zreplay.screen.spare_room import LEAST_LINES, TALL_LINES, spare_lines
from zreplay.screen.ticker_page import TickerPage

BINS = [
    {"to_ns": 50_000, "quotes": 0},
    {"to_ns": 100_000, "quotes": 1_000},
    {"to_ns": 200_000, "quotes": 1},
    {"to_ns": None, "quotes": 0},
]


def page(count: int) -> TickerPage:
    rows = [
        {
            **{"ticker": f"T{number}", "quotes": 10, "mids": 9, "skipped": 1},
            **{"last_mid": 2.5, "mean_spread": 0.1},
        }
        for number in range(count)
    ]
    return TickerPage(rows, count, 10 * count)


def drawn(status: dict[str, Any], tickers: TickerPage | None, room: int) -> list[str]:
    console = Console(width=80, height=60)
    with console.capture() as capture:
        for line in spare_lines(status, tickers, (80, TALL_LINES), room):
            console.print(line)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_each_bin_has_its_count_and_a_bar_beside_the_largest() -> None:
    head, first, second = drawn(make_status(lateness_bins=BINS), None, 10)[1:]

    assert "lateness of all quotes that had a due time" == head
    assert ["to", "0.1", "ms", "1,000", 52 * "#"] == first.split()
    assert ["to", "0.2", "ms", "1", "#"] == second.split()


def test_below_it_are_the_tickers_with_their_last_mids() -> None:
    lines = drawn(make_status(lateness_bins=BINS), page(3), 20)

    assert "3 tickers  30 quotes committed" in lines
    assert [["T0", "10", "2.5"]] == [line.split() for line in lines if line.startswith("T0")]


@pytest.mark.parametrize(
    ("status", "tickers"),
    [
        (make_status(lateness_bins=BINS, mode="live"), None),
        (make_status(lateness_bins=[]), None),
        (make_status(lateness_bins=[{"to_ns": None, "quotes": 0}]), TickerPage(problem="none")),
    ],
)
def test_where_there_is_nothing_to_show_nothing_is_drawn(
    status: dict[str, Any], tickers: TickerPage | None
) -> None:
    assert [] == drawn(status, tickers, 40)


def test_a_screen_that_is_not_tall_has_none() -> None:
    status = make_status(lateness_bins=BINS)

    assert [] == spare_lines(status, None, (80, TALL_LINES - 1), 40)
    assert [] == spare_lines(status, None, (80, TALL_LINES), LEAST_LINES - 1)


@given(st.integers(0, 50), st.integers(0, 20), st.integers(0, 60))
def test_it_never_has_more_lines_than_there_is_room(room: int, bins: int, tickers: int) -> None:
    full = [{"to_ns": 1000 * number, "quotes": 1} for number in range(1, bins + 1)]

    assert len(drawn(make_status(lateness_bins=full), page(tickers), room)) <= room
