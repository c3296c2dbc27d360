"""The loop that shows a replayer: it asks, keeps the last answers, and draws the panels.

On a terminal a picture, at most four times a second; in a pipe a plain line every five
seconds. It reads counters of another process and decides nothing: whatever happens here, the
run goes on.
"""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Final

import zmq
from rich.console import Console
from rich.live import Live

from protocol.errors import EXIT_DONE, LinkError, ProtocolError
from zreplay.control import Answer, ControlClient
from zreplay.keyboard import STANDARD_INPUT, Keyboard
from zreplay.observation import Observation
from zreplay.panels import line, render
from zreplay.status import SCHEMA

ASK_TIMEOUT_MS: Final = 500
FIRST_ANSWER_NS: Final = 1_500_000_000
MAX_REFRESH_PER_SECOND: Final = 4.0
LINE_INTERVAL_NS: Final = 5_000_000_000
STEP_SECONDS: Final = 0.05
ONCE_LINES: Final = 60

Ask = Callable[[], Answer | None]
IsOver = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how to let it pass; tests put their own here."""

    now_ns: Callable[[], int] = time.monotonic_ns
    unix_ns: Callable[[], int] = time.time_ns
    sleep: Callable[[float], None] = time.sleep


def watch(
    ask: Ask,
    is_over: IsOver,
    *,
    console: Console,
    screen: bool = False,
    refresh_per_second: float = MAX_REFRESH_PER_SECOND,
    address: str = "",
    clock: Clock | None = None,
) -> None:
    """Show what `ask` answers until `is_over`; `ask` blocks half a second at most.

    `screen` takes the whole terminal and gives it back; otherwise the picture stands below
    what was printed before, and is wiped at the end.
    """
    show = _show_picture if console.is_terminal and not console.is_dumb_terminal else _print_lines
    view = _View(ask, is_over, console, address, clock or Clock())
    show(view, screen, 1 / min(refresh_per_second, MAX_REFRESH_PER_SECOND))


def top(endpoint: str, *, refresh_per_second: float = 4, once: bool = False) -> int:
    """Show a running replayer until q or Ctrl-C; return the exit code.

    Raises:
        LinkError: nobody answered within two seconds.
        ProtocolError: the answer is not one that this version can show.
    """
    with contextlib.ExitStack() as closing:
        context: zmq.Context[zmq.Socket[bytes]] = closing.enter_context(zmq.Context())
        client = ControlClient(context, endpoint, ASK_TIMEOUT_MS)
        closing.callback(client.close)

        def ask() -> Answer | None:
            try:
                return _shown(client.ask("status"), endpoint)
            except LinkError:
                return None

        try:
            first = _first_answer(ask, endpoint)
            console = Console()
            if once:
                console.print(render(first, None, (console.width, ONCE_LINES)))
                return EXIT_DONE
            keyboard = closing.enter_context(
                # In a pipe the keys belong to who reads it, `less` for one.
                Keyboard(STANDARD_INPUT if console.is_terminal else None)
            )
            closing.enter_context(_ended_by_signals())
            watch(
                ask,
                lambda: keyboard.is_quit,
                console=console,
                screen=True,
                refresh_per_second=refresh_per_second,
                address=endpoint,
                clock=replace(Clock(), sleep=keyboard.wait),
            )
        except KeyboardInterrupt:
            pass
    return EXIT_DONE


@dataclass(frozen=True, slots=True)
class _View:
    ask: Ask
    is_over: IsOver
    console: Console
    address: str
    clock: Clock
    seen: Observation = field(default_factory=Observation)

    def look(self) -> bool:
        """Ask once; False when it is over, and what is shown stays as it was."""
        answer = None if self.is_over() else self.ask()
        if self.is_over():
            return False
        self.seen.on_answer(answer, self.clock.now_ns())
        return True

    def rest_until(self, instant_ns: int) -> None:
        """Wait, in steps short enough to notice the end."""
        while not self.is_over() and (left_ns := instant_ns - self.clock.now_ns()) > 0:
            self.clock.sleep(min(STEP_SECONDS, left_ns / 1e9))


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
            seen = view.seen
            picture = render(
                seen.status,
                seen.previous,
                view.console.size,
                address=view.address,
                silent_ns=seen.silent_ns,
                now_unix_ns=view.clock.unix_ns(),
            )
            live.update(picture, refresh=True)
            next_ns = max(next_ns, view.clock.now_ns()) + int(interval_seconds * 1e9)
            view.rest_until(next_ns)


def _print_lines(view: _View, screen: bool, interval_seconds: float) -> None:
    """Print a line at the first answer, and then every five seconds."""
    next_line_ns = view.clock.now_ns() + LINE_INTERVAL_NS
    is_first = True
    while view.look():
        now_ns = view.clock.now_ns()
        if now_ns >= next_line_ns or (is_first and view.seen.status is not None):
            clock = time.strftime("%H:%M:%S", time.localtime(view.clock.unix_ns() / 1e9))
            seen = view.seen
            text = line(seen.status, clock, silent_ns=seen.silent_ns, address=view.address)
            view.console.out(text, highlight=False)
            is_first = False
            next_line_ns = now_ns + LINE_INTERVAL_NS
        pause_ns = int(interval_seconds * 1e9)
        view.rest_until(now_ns + pause_ns if is_first else next_line_ns)


def _first_answer(ask: Ask, endpoint: str) -> Answer:
    give_up_ns = time.monotonic_ns() + FIRST_ANSWER_NS
    while time.monotonic_ns() < give_up_ns:
        answer = ask()
        if answer is not None:
            return answer
    raise LinkError(
        f"no replayer answers on {endpoint}",
        fix="start one (zreplay serve FILE), or point at it: --control ADDRESS or --out DIR",
        code="Z303",
    )


def _shown(answer: Answer, endpoint: str) -> Answer:
    """Return the answer if it is a status of the schema that the panels read."""
    if not answer.get("ok") or answer.get("schema") != SCHEMA:
        raise ProtocolError(
            f"{endpoint} answered with status schema {answer.get('schema')!r}, expected {SCHEMA}",
            fix="use the zreplay of the version that runs there",
            code="Z505",
        )
    return answer


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a SIGTERM or SIGHUP unwind, so that the terminal is restored; no job control.

    A stop by Ctrl-Z would leave the shell on the wrong screen with keys that do not echo.
    """

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    earlier = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, end),
        signal.SIGHUP: signal.signal(signal.SIGHUP, end),
        signal.SIGTSTP: signal.signal(signal.SIGTSTP, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
