"""What was observed -> the whole dashboard. In: answers of a replayer; out: a renderable.

Laid out for the given size (40x10 to 200x60), lines truncated and never wrapped. Numbers have
fixed places, so nothing jumps. Colour is used only where something is wrong, and the words say
so too. What came from another process is text, never markup or an escape.
"""

from typing import Final

import msgspec
from rich.align import Align
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from protocol.messages import HISTORICAL
from zreplay.controls.status import (
    BLOCKED,
    NO_WORKERS,
    RECONNECTING,
    WAITING,
    pass_text,
    position_text,
)
from zreplay.controls.worker_activity import Status, worker_activities
from zreplay.quotes.duration_text import rounded_text
from zreplay.screen.gauges import gauge_lines
from zreplay.screen.key_commands import BINDINGS, key_line
from zreplay.screen.observation import Observation
from zreplay.screen.plain_line import (
    NOT_KNOWN,
    percent,
    silence_text,
    waiting_text,
)
from zreplay.screen.spare_room import spare_lines
from zreplay.screen.tables import (
    WARNING,
    WIDE_COLUMNS,
    WRONG,
    cut,
    diagnostic_lines,
    feed_lines,
    worker_and_feed_line,
    worker_lines,
)
from zreplay.screen.ticker_page import TickerPage, ticker_lines

MAX_BAR_COLUMNS: Final = 60
TIME_COLUMNS: Final = 23
TO_THE_SECOND: Final = 19
FULL_HEIGHT: Final = 12
NO_ANSWER: Final = "NO ANSWER"
"""Shown as the state of a silent replayer: its last answer may be out of date."""
_PLAIN: Final = "not bold default"


class Frame(msgspec.Struct, frozen=True):
    """What the dashboard is drawn into: columns and lines, and what the screen adds.

    `tickers` is shown in the place of all else, `beside` where there is room below it. `note` is
    the outcome of the last key. With `has_keys` the last line names them; with `fills` that line is
    the last of the screen, which q leaves.
    """

    size: tuple[int, int]
    address: str = ""
    now_unix_ns: int | None = None
    is_ascii: bool = False
    note: str = ""
    has_keys: bool = False
    fills: bool = False
    is_help: bool = False
    tickers: TickerPage | None = None
    beside: TickerPage | None = None


def render(seen: Observation, frame: Frame) -> RenderableType:
    """Return the dashboard; it never has more lines or columns than its frame."""
    height = frame.size[1] - frame.has_keys
    status = seen.status
    if frame.is_help:
        lines = _help_lines()
    elif frame.tickers is not None:
        lines = ticker_lines(frame.tickers, frame.size[0], height)
    elif status is None:
        lines = [cut(waiting_text(frame.address), WARNING)]
    else:
        lines = _lines(seen, status, frame, height)
    lines = lines[:height]
    body: RenderableType = Group(*lines)
    if not frame.has_keys:
        return body
    if frame.fills:
        body = Align(body, vertical="top", height=height)
    foot = key_line(frame.size[0], is_leaving=frame.fills, is_ascii=frame.is_ascii)
    return Group(body, cut(foot, "dim"))


def _lines(seen: Observation, status: Status, frame: Frame, height: int) -> list[RenderableType]:
    width = frame.size[0]
    lines = [
        _head(status, width >= WIDE_COLUMNS, is_silent=bool(seen.silent_ns)),
        *_notices(status, seen.silent_ns, frame.note, 2 if height >= FULL_HEIGHT else 1),
        _progress(status, width),
        *gauge_lines(seen, status, width, height, is_ascii=frame.is_ascii),
    ]
    room = height - len(lines)
    workers = worker_activities(status, seen.previous)
    feeds, diagnostics = status["feeds"], status["diagnostics"]
    if room == 1 and feeds:
        return [*lines, worker_and_feed_line(workers, feeds)]
    feed_room = min(len(feeds) + 1, max(1, room // 3)) if feeds else 0
    said_room = min(len(diagnostics) + 1, (room - feed_room) // 2) if diagnostics else 0
    worker_room = room - feed_room - said_room
    lines += worker_lines(workers, width, worker_room)
    lines += feed_lines(feeds, width, feed_room, frame.now_unix_ns)
    lines += diagnostic_lines(diagnostics, said_room)
    spare_room = room - feed_room - said_room - min(worker_room, len(workers) + 1)
    return [*lines, *spare_lines(status, frame.beside, frame.size, spare_room)]


def _head(status: Status, is_wide: bool, *, is_silent: bool) -> RenderableType:
    state = NO_ANSWER if is_silent else status["state"]
    is_backpressure = state == BLOCKED and status["committed_per_second"] > 0
    is_odd = (
        state in (WAITING, BLOCKED, NO_WORKERS, RECONNECTING, NO_ANSWER) and not is_backpressure
    )
    head = cut(f"{state:<12}", f"bold {WARNING}" if is_odd else "bold")
    head.append(f"  {status['mode']:<10}  {status['speed']:<8}", _PLAIN)
    if status["acks"] == "none":
        head.append("  at most once: no sink acknowledges", _PLAIN)
    if is_wide:
        minutes, seconds = divmod(status["uptime_ns"] // 1_000_000_000, 60)
        up = f"  up {minutes // 60}:{minutes % 60:02d}:{seconds:02d}  pid {status['pid']}"
        head.append(f"{_achieved(status)}{up}", _PLAIN)
    return head


def _achieved(status: Status) -> str:
    """Return how fast the recording's clock really runs, if it has one."""
    if status["mode"] != HISTORICAL:
        return ""
    return f"  actual {status['speed_now']:>8,.2f}x"


def _notices(status: Status, silent_ns: int, note: str, most: int) -> list[RenderableType]:
    """Return what needs attention; a line is kept free for it even if nothing does."""
    notices = []
    if silent_ns:
        notices.append(cut(silence_text(silent_ns), WRONG))
    if note:
        notices.append(cut(note))
    if status["problem"]:
        notices.append(cut(f"problem: {status['problem']}", WRONG))
    if status["waits_for"]:
        notices.append(cut(f"waits for {status['waits_for']}"))
    return [*notices[:most]] or [Text()]


def _progress(status: Status, width: int) -> RenderableType:
    position = position_text(status)
    if status["mode"] != HISTORICAL:
        return cut(position)
    share, left_ns, loop = status["progress"], status["left_ns"], pass_text(status)
    done = NOT_KNOWN if share is None else percent(share)
    if share is None or (loop and width < WIDE_COLUMNS):
        short = position[:TO_THE_SECOND]
        texts = [short, done, loop] if width < WIDE_COLUMNS else [position, done, loop]
        return cut("  ".join(text for text in texts if text))
    is_wide = width >= WIDE_COLUMNS
    left = "" if left_ns is None else f"{rounded_text(left_ns):>7} left"
    room = width - TIME_COLUMNS - len(done) - (18 if is_wide else 4)
    room -= len(loop) + 2 if loop else 0
    columns = min(MAX_BAR_COLUMNS, room)
    bar = ProgressBar(
        total=1.0,
        completed=min(1.0, share),
        width=max(1, columns),
        style="dim",
        complete_style="default",
        finished_style="default",
    )
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=TIME_COLUMNS, no_wrap=True)
    cells: tuple[RenderableType, ...] = (
        bar,
        done,
        *([loop] if loop else []),
        *([left] if is_wide else []),
    )
    for _ in cells:
        row.add_column(no_wrap=True)
    row.add_row(cut(position), *cells)
    return row


def _help_lines() -> list[RenderableType]:
    keys = [cut(f"{binding.keys:<10}{binding.what}") for binding in BINDINGS]
    words = (
        "",
        "in flight: sent and not yet committed; the window bounds it",
        "lateness:  from when a quote was due to when it left",
        "age:       from when it left to its commit",
        "blocked:   how long due quotes could not leave",
    )
    return [*keys, *(cut(text) for text in words)]
