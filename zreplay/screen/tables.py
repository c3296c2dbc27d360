"""Workers, feeds, diagnostics -> tables of limited height, with "... 3 more" for the rest.

Every column has a fixed width, so nothing jumps when a count grows a digit. What came from
another process is text, never markup or an escape, and is cut instead of wrapped.
"""

from typing import Any, Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from protocol.program.event_text import printable
from zreplay.controls.worker_activity import WorkerActivity
from zreplay.quotes.duration_text import ago

WRONG: Final = "bold red"
WARNING: Final = "yellow"
WIDE_COLUMNS: Final = 72
NARROW_LAYOUT: Final = {"quotes/s": 9, "busy": 4, "seen ago": 11}
WIDE_LAYOUT: Final = {"quotes/s": 10, "share": 5, "busy": 5, "batch p99": 10, "seen ago": 13}
NARROW_FEED_LAYOUT: Final = {"state": 12, "messages": 11}
WIDE_FEED_LAYOUT: Final = {"state": 12, "messages": 12, "reconnects": 10, "p99": 8, "last": 8}
WIDEST_FEED_LAYOUT: Final = {
    **{"state": 12, "messages": 15, "reconnects": 10, "p50": 10, "p99": 10, "last": 8},
}
WIDEST_COLUMNS: Final = 110
MAX_NAME_COLUMNS: Final = 40
_QUIET_FEED_STATES: Final = ("connected", "off")


def worker_lines(workers: list[WorkerActivity], width: int, room: int) -> list[RenderableType]:
    """Return the workers in at most `room` lines of `width` columns; few lines: a count."""
    lost = sum(worker.is_lost for worker in workers)
    if room <= 0:
        return []
    if room <= 2 or not workers:
        return [cut(_worker_count(workers), WRONG if lost else "")]
    layout = WIDE_LAYOUT if width >= WIDE_COLUMNS else NARROW_LAYOUT
    table = _table(f"workers {len(workers)}", layout, width)
    shown = _shown(len(workers), room - 1)
    for worker in workers[:shown]:
        cells = {
            "quotes/s": "-" if worker.per_second is None else f"{worker.per_second:,.0f}",
            "share": f"{worker.share:.0%}",
            "busy": "-" if worker.busy_share is None else f"{worker.busy_share:.0%}",
            "batch p99": f"{worker.batch_p99_ns / 1e6:,.1f} ms",
            "seen ago": f"{worker.word} {ago(worker.seen_ago_ns)}".strip(),
        }
        style = WRONG if worker.is_lost else WARNING if worker.is_slow else ""
        _add(table, worker.name, cells, layout, style)
    return _with_rest(table, len(workers) - shown)


def feed_lines(
    feeds: list[dict[str, Any]], width: int, room: int, now_unix_ns: int | None
) -> list[RenderableType]:
    """Return the live addresses in at most `room` lines; one line: their states.

    p50 and p99 are from the exchange's time to the receipt.
    """
    if room <= 0 or not feeds:
        return []
    odd = [feed["state"] for feed in feeds if feed["state"] not in _QUIET_FEED_STATES]
    if room == 1:
        return [cut(_feed_count(feeds), WARNING if odd else "")]
    layout = WIDE_FEED_LAYOUT if width >= WIDE_COLUMNS else NARROW_FEED_LAYOUT
    layout = WIDEST_FEED_LAYOUT if width >= WIDEST_COLUMNS else layout
    table = _table(f"feeds {len(feeds)}", layout, width)
    shown = _shown(len(feeds), room - 1)
    for feed in feeds[:shown]:
        last_ns = feed["last_message_ns"]
        is_known = bool(last_ns) and now_unix_ns is not None
        cells = {
            "state": _state(feed),
            "messages": f"{feed['messages']:,}",
            "reconnects": f"{feed['reconnects']:,}",
            "p50": _receipt(feed, "p50"),
            "p99": _receipt(feed, "p99"),
            "last": ago(max(0, (now_unix_ns or 0) - last_ns)) if is_known else "-",
        }
        _add(table, feed["url"], cells, layout, WARNING if feed["state"] in odd else "")
    return _with_rest(table, len(feeds) - shown)


def _state(feed: dict[str, Any]) -> str:
    """Return the state, or how far it is with asking for its symbols."""
    symbols = feed["symbols"]
    if not feed["venue"] and feed["silent"] and feed["state"] in _QUIET_FEED_STATES:
        return "silent"
    if feed["state"] not in _QUIET_FEED_STATES or not symbols or not symbols["waiting"]:
        return str(feed["state"])
    return f"asked {1 - symbols['waiting'] / sum(symbols.values()):.0%}"


def _receipt(feed: dict[str, Any], quantile: str) -> str:
    latency_ns = feed["latency_ns"]
    return f"{latency_ns[quantile] / 1e6:,.0f} ms" if latency_ns else "-"


def worker_and_feed_line(
    workers: list[WorkerActivity], feeds: list[dict[str, Any]]
) -> RenderableType:
    """Return one line with the numbers and the states of both."""
    is_lost = any(worker.is_lost for worker in workers)
    is_odd = any(feed["state"] not in _QUIET_FEED_STATES for feed in feeds)
    style = WRONG if is_lost else WARNING if is_odd else ""
    return cut(f"{_worker_count(workers)}  {_feed_count(feeds)}", style)


def _worker_count(workers: list[WorkerActivity]) -> str:
    lost = sum(worker.is_lost for worker in workers)
    return f"workers {len(workers) - lost}" + (f"  LOST {lost}" if lost else "")


def _feed_count(feeds: list[dict[str, Any]]) -> str:
    return f"feeds {len(feeds)}  {', '.join(sorted({feed['state'] for feed in feeds}))}"


def diagnostic_lines(diagnostics: list[dict[str, Any]], room: int) -> list[RenderableType]:
    """Return the last warnings and errors in at most `room` lines, the newest last."""
    if room <= 1 or not diagnostics:
        return []
    shown = diagnostics[-(room - 1) :]
    times = (f" x{one['count']}" if one["count"] > 1 else "" for one in shown)
    return [
        cut(f"warnings and errors {len(diagnostics)}", "dim"),
        *(
            cut(
                f"{one['time'][11:19]} {one['level']:<7} {one['text']}{count}",
                WRONG if one["level"] == "error" else "",
            )
            for one, count in zip(shown, times, strict=True)
        ),
    ]


def cut(text: str, style: str = "") -> Text:
    """Return one line, truncated to fit."""
    return Text(printable(text), style=style, no_wrap=True, overflow="ellipsis")


def _table(title: str, layout: dict[str, int], width: int) -> Table:
    taken = sum(layout.values()) + len(layout)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    table.add_column(title, width=max(1, min(MAX_NAME_COLUMNS, width - taken)), no_wrap=True)
    for name, columns in layout.items():
        table.add_column(name, width=columns, no_wrap=True, justify="right")
    return table


def _add(
    table: Table, name: str, cells: dict[str, str], layout: dict[str, int], style: str
) -> None:
    table.add_row(cut(name), *(cut(cells[column]) for column in layout), style=style)


def _shown(count: int, room: int) -> int:
    """Return how many rows to show, leaving a line for "... more" if needed."""
    return count if count <= room else room - 1


def _with_rest(table: Table, rest: int) -> list[RenderableType]:
    return [table, cut(f"... {rest} more")] if rest else [table]
