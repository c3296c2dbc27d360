"""The loop that shows a replayer: it asks, keeps the last answers, and draws the panels.

On a terminal it redraws at most four times a second; in a pipe it prints a line every five
seconds. It reads counters of another process, and sends what a key asks for to that process as
`ctl` would: whatever happens here, the run continues.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

from rich.console import Console
from rich.live import Live

from protocol.program.diagnostics import json_line
from zreplay.controls.control import Answer
from zreplay.screen.keys import Keys
from zreplay.screen.observation import Observation
from zreplay.screen.panels import Frame, render
from zreplay.screen.plain_line import event, line

MAX_REFRESH_PER_SECOND: Final = 4.0
LINE_INTERVAL_NS: Final = 5_000_000_000
STEP_SECONDS: Final = 0.05

Ask = Callable[[], Answer | None]
IsOver = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and a way to sleep; tests pass their own.

    The end is noticed after at most `step_seconds` of sleep.
    """

    now_ns: Callable[[], int] = time.monotonic_ns
    unix_ns: Callable[[], int] = time.time_ns
    sleep: Callable[[float], object] = time.sleep
    step_seconds: float = STEP_SECONDS

    @classmethod
    def ended_by(cls, over: threading.Event) -> Self:
        """Return a clock whose sleep ends with the event, so that it need not be short."""
        return cls(sleep=over.wait, step_seconds=math.inf)


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
) -> None:
    """Show what `ask` answers until `is_over`; `ask` blocks half a second at most.

    `screen` takes the whole terminal and restores it; otherwise the dashboard is drawn below
    what was printed before, and is cleared at the end. `keys` are those pressed while the
    clock slept. `as_json` is how lines are written in a pipe.
    """
    show = _show_picture if console.is_terminal and not console.is_dumb_terminal else _print_lines
    view = _View(ask, is_over, console, address, clock or Clock(), keys or Keys(None), as_json)
    show(view, screen, 1 / min(refresh_per_second, MAX_REFRESH_PER_SECOND))


@dataclass(frozen=True, slots=True)
class _View:
    ask: Ask
    is_over: IsOver
    console: Console
    address: str
    clock: Clock
    keys: Keys
    as_json: bool
    seen: Observation = field(default_factory=Observation)

    def look(self) -> bool:
        """Carry out the keys and ask once; False when it is over: what is shown stays."""
        answer = None
        if not self.is_over():
            self.keys.act(self.seen, self.clock.now_ns())
            answer = self.ask()
        if self.is_over():
            return False
        self.seen.on_answer(answer, self.clock.now_ns())
        return True

    def rest_until(self, instant_ns: int) -> None:
        """Wait, in steps short enough to notice the end."""
        while not self.is_over() and (left_ns := instant_ns - self.clock.now_ns()) > 0:
            self.clock.sleep(min(self.clock.step_seconds, left_ns / 1e9))


def _show_picture(view: _View, screen: bool, interval_seconds: float) -> None:
    live = Live(
        console=view.console,
        screen=screen,
        auto_refresh=False,
        transient=True,
        vertical_overflow="crop",
    )
    with live:
        if not screen:
            # A second Ctrl-C ends `run` at once: it must not leave the cursor hidden.
            view.console.show_cursor(True)
        next_ns = view.clock.now_ns()
        while view.look():
            frame = Frame(
                view.console.size,
                address=view.address,
                now_unix_ns=view.clock.unix_ns(),
                is_ascii=not view.console.encoding.lower().startswith("utf"),
                note=view.keys.note,
                has_keys=view.keys.is_there,
                fills=screen,
                is_help=view.keys.is_help,
            )
            live.update(render(view.seen, frame), refresh=True)
            next_ns = max(next_ns, view.clock.now_ns()) + int(interval_seconds * 1e9)
            view.rest_until(next_ns)


def _print_lines(view: _View, screen: bool, interval_seconds: float) -> None:
    """Print a line at the first answer, and then every five seconds."""
    next_line_ns = view.clock.now_ns() + LINE_INTERVAL_NS
    is_first = True
    while view.look():
        now_ns = view.clock.now_ns()
        if now_ns >= next_line_ns or (is_first and view.seen.status is not None):
            seconds = view.clock.unix_ns() / 1e9
            clock = time.strftime("%H:%M:%S", time.localtime(seconds))
            if view.as_json:
                text = json_line("info", "zreplay", *event(view.seen), seconds)
            else:
                text = line(view.seen, clock, address=view.address)
            view.console.out(text, highlight=False)
            is_first = False
            next_line_ns = now_ns + LINE_INTERVAL_NS
        pause_ns = int(interval_seconds * 1e9)
        view.rest_until(now_ns + pause_ns if is_first else next_line_ns)
