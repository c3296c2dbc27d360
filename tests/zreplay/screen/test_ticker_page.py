"""The page of tickers fits its screen, and says what it leaves out."""

from io import StringIO

import pytest
from msgspec.structs import replace
from rich.console import Console, Group

from zreplay.screen.ticker_page import TickerPage, ticker_lines

ROWS = [
    {
        "ticker": f"TICKER-{number:02d}[bold]",
        **{"quotes": 1000 - number, "mids": 900, "skipped": 100 - number},
        **{"last_mid": 91235.95 if number else None, "mean_spread": 0.1323},
    }
    for number in range(30)
]
PAGE = TickerPage(ROWS, 400, sum(row["quotes"] for row in ROWS) + 12_345)


def shown(page: TickerPage, width: int, height: int) -> list[str]:
    console = Console(file=StringIO(), width=width, height=height)
    with console.capture() as capture:
        console.print(Group(*ticker_lines(page, width, height)))
    return capture.get().splitlines()


@pytest.mark.parametrize(("width", "height"), [(40, 10), (80, 24), (120, 30), (200, 60)])
def test_it_has_no_more_lines_and_columns_than_the_screen(width: int, height: int) -> None:
    lines = shown(PAGE, width, height)

    assert len(lines) <= height and all(len(line) <= width for line in lines)
    assert "400 tickers" in lines[0]
    assert lines[-1].startswith("... ") and "more, with" in lines[-1]


def test_what_is_not_counted_is_said_and_fits_too() -> None:
    lines = shown(replace(PAGE, missing_segments=1), 80, 24)

    assert "without a closed segment of mids.arrows, not there any more" == lines[1].strip()
    assert len(lines) <= 24 and "more, with" in lines[-1]


def test_a_wide_screen_has_every_number_and_markup_is_text() -> None:
    lines = shown(PAGE, 120, 12)

    assert ["ticker", "quotes", "mids", "skipped", "last", "mid", "mean", "spread"] == (
        lines[1].split()
    )
    assert ["TICKER-01[bold]", "999", "900", "99", "91235.95", "0.1323"] == lines[3].split()
    assert "-" == lines[2].split()[4]


def test_where_all_fit_nothing_is_left_out() -> None:
    lines = shown(TickerPage(ROWS[:3], 3, 2997, is_behind=True), 80, 24)

    assert (5, True) == (len(lines), "still reading" in lines[0])


def test_what_is_wrong_is_all_that_is_shown() -> None:
    assert ["no table"] == shown(TickerPage(problem="no table"), 80, 24)
