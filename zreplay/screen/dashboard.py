"""The loop that shows a replayer as panels: it redraws at most four times a second.

In a pipe there are lines in its place.
"""

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live

from zreplay.screen.keys import Keys
from zreplay.screen.line_printer import print_lines
from zreplay.screen.panels import Frame, render
from zreplay.screen.ticker_pages import TickerPages
from zreplay.screen.watched import Ask, Clock, IsOver, Watched

MAX_REFRESH_PER_SECOND: Final = 4.0


def watch(
    ask: Ask,
    is_over: IsOver,
    *,
    console: Console,
    screen: bool = False,
    refresh_per_second: float = MAX_REFRESH_PER_SECOND,
    address: str = "",
    clock: Clock | None = None,
    keys: Keys | None = None,
    as_json: bool = False,
    folder: Path | None = None,
) -> None:
    """Show what `ask` answers until `is_over`; `ask` blocks half a second at most.

    `screen` takes the whole terminal and restores it; otherwise the dashboard is drawn below
    what was printed before, and is cleared at the end. `keys` are those pressed while the
    clock slept. `as_json` is how lines are written in a pipe. `folder` has the results of the run.
    """
    watched = Watched(ask, is_over, address, clock or Clock(), keys or Keys(None), as_json)
    interval_seconds = 1 / min(refresh_per_second, MAX_REFRESH_PER_SECOND)
    if console.is_terminal and not console.is_dumb_terminal:
        _show_picture(watched, TickerPages(folder), console, screen, interval_seconds)
    else:
        print_lines(watched, console.file, interval_seconds)


def _show_picture(
    view: Watched, tickers: TickerPages, console: Console, screen: bool, interval_seconds: float
) -> None:
    live = Live(
        console=console,
        screen=screen,
        auto_refresh=False,
        transient=True,
        vertical_overflow="crop",
    )
    with live:
        if not screen:
            # A second Ctrl-C ends `run` at once: it must not leave the cursor hidden.
            console.show_cursor(True)
        next_ns = view.clock.now_ns()
        while view.look():
            frame = Frame(
                console.size,
                address=view.address,
                now_unix_ns=view.clock.unix_ns(),
                is_ascii=not console.encoding.lower().startswith("utf"),
                note=view.keys.note,
                has_keys=view.keys.is_there,
                fills=screen,
                is_help=view.keys.is_help,
                tickers=tickers.page() if view.keys.is_tickers else None,
                beside=tickers.page() if screen and tickers.is_worth_it(console.height) else None,
            )
            live.update(render(view.seen, frame), refresh=True)
            next_ns = max(next_ns, view.clock.now_ns()) + int(interval_seconds * 1e9)
            view.rest_until(next_ns)
