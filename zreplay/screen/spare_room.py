"""What a tall screen has room for below all else: how late quotes left, and the top tickers."""

from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from protocol.messages import HISTORICAL
from zreplay.controls.worker_activity import Status
from zreplay.screen.tables import cut
from zreplay.screen.ticker_page import TickerPage, ticker_lines

TALL_LINES: Final = 34
"""On a lower screen there is nothing below the workers, feeds and warnings."""
LEAST_LINES: Final = 6
MAX_BAR_COLUMNS: Final = 60
_TEXT_COLUMNS: Final = 28


def spare_lines(
    status: Status, page: TickerPage | None, size: tuple[int, int], room: int
) -> list[RenderableType]:
    """Return at most `room` lines, none on a screen that is not tall: a blank one comes first.

    The histogram has at most half of them if there are tickers.
    """
    width, height = size
    if height < TALL_LINES or room < LEAST_LINES:
        return []
    shows_tickers = page is not None and not page.problem and page.count > 0
    most = (room - 1) // 2 if shows_tickers else room - 1
    lines = _lateness_lines(status, width, most)
    left = room - 1 - len(lines) - bool(lines)
    if page is None or not shows_tickers or left < LEAST_LINES:
        return [Text(), *lines] if lines else []
    between = [Text()] if lines else []
    return [Text(), *lines, *between, *ticker_lines(page, width, left)]


def _lateness_lines(status: Status, width: int, room: int) -> list[RenderableType]:
    """Return a line for each bin between the first and the last with quotes, if all fit."""
    if status["mode"] != HISTORICAL:
        return []
    bins: list[dict[str, Any]] = status["lateness_bins"]
    filled = [number for number, each in enumerate(bins) if each["quotes"]]
    shown = bins[filled[0] : filled[-1] + 1] if filled else []
    if not shown or len(shown) + 1 > room:
        return []
    most = max(each["quotes"] for each in shown)
    columns = max(1, min(MAX_BAR_COLUMNS, width - _TEXT_COLUMNS))
    lines: list[RenderableType] = [cut("lateness of all quotes that had a due time", "dim")]
    for each in shown:
        bar = "#" * -(-each["quotes"] * columns // most)
        lines.append(cut(f"{_bound(each['to_ns'])} {each['quotes']:>15,} {bar}"))
    return lines


def _bound(to_ns: int | None) -> str:
    return f"{'above':>11}" if to_ns is None else f"{f'to {to_ns / 1e6:,g} ms':>11}"
