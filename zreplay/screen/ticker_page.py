"""The second screen: what is committed of each ticker, those with most quotes first."""

from typing import Any, Final

import msgspec
from rich.console import RenderableType
from rich.table import Table

from zreplay.controls.ticker_text import (
    LAST_MID_DIGITS,
    MEAN_SPREAD_DIGITS,
    left_out_text,
    missing_text,
    number_text,
)
from zreplay.screen.tables import WARNING, cut

_NARROW: Final = {"quotes": 11, "last mid": 12}
_WIDE: Final = {"quotes": 12, "mids": 12, "skipped": 11, "last mid": 13, "mean spread": 12}
_WIDE_COLUMNS: Final = 90
_MOST_NAME_COLUMNS: Final = 40
_HEAD_LINES: Final = 2
MOST_ROWS: Final = 200
"""No screen is higher."""


class TickerPage(msgspec.Struct, frozen=True):
    """`rows` have the fields of a TickerRow; `problem` says why there are none.

    `count` tickers have `quotes` together; `is_behind` if what is committed is not all read yet,
    and it is without `missing_segments`, which are not there any more.
    """

    rows: list[dict[str, Any]] = []
    count: int = 0
    quotes: int = 0
    is_behind: bool = False
    missing_segments: int = 0
    problem: str = ""


def ticker_lines(page: TickerPage, width: int, height: int) -> list[RenderableType]:
    """Return the page in at most `height` lines of `width` columns."""
    if page.problem:
        return [cut(page.problem, WARNING)]
    reading = "  still reading" if page.is_behind else ""
    head = cut(f"{page.count:,} tickers  {page.quotes:,} quotes committed{reading}", "bold")
    missing = missing_text(page.missing_segments)
    room = max(0, height - _HEAD_LINES - bool(missing))
    shown = page.rows if page.count <= room else page.rows[: max(0, room - 1)]
    layout = _WIDE if width >= _WIDE_COLUMNS else _NARROW
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    taken = sum(layout.values()) + len(layout)
    name_width = max(1, min(_MOST_NAME_COLUMNS, width - taken))
    table.add_column("ticker", width=name_width, no_wrap=True)
    for name, columns in layout.items():
        table.add_column(name, width=columns, no_wrap=True, justify="right")
    for row in shown:
        cells = {
            **{name: f"{row[name]:,}" for name in ("quotes", "mids", "skipped")},
            "last mid": number_text(row["last_mid"], LAST_MID_DIGITS),
            "mean spread": number_text(row["mean_spread"], MEAN_SPREAD_DIGITS),
        }
        table.add_row(cut(row["ticker"]), *(cut(cells[name]) for name in layout))
    rest = page.quotes - sum(row["quotes"] for row in shown)
    more = left_out_text(page.count - len(shown), rest)
    said = [cut(missing, WARNING)] if missing else []
    return [head, *said, table, *([cut(more)] if more else [])]
