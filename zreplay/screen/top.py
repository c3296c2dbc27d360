"""`zreplay top`: the dashboard of a replayer that runs elsewhere; with keys, full-screen."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import replace
from rich.console import Console

from protocol.errors import EXIT_DONE, LinkError, ProtocolError
from protocol.keys.guard import Guard
from protocol.program.standard_streams import has_failed
from protocol.program.stop import StopSignal
from protocol.shown_address import shown_address
from zreplay.controls.asking import asking
from zreplay.controls.responder import Answer
from zreplay.controls.status import SCHEMA
from zreplay.controls.status_check import misfit
from zreplay.screen.dashboard import watch
from zreplay.screen.keyboard import STANDARD_INPUT, Keyboard
from zreplay.screen.keys import Keys
from zreplay.screen.observation import Observation
from zreplay.screen.panels import Frame, render
from zreplay.screen.watched import Clock

FIRST_ANSWER_NS: Final = 1_500_000_000
ONCE_LINES: Final = 60
SHOW_CURSOR_AND_LEAVE_SCREEN: Final = b"\x1b[?25h\x1b[?1049l"


def top(
    endpoint: str,
    stop: StopSignal,
    *,
    refresh_per_second: float = 4,
    once: bool = False,
    folder: Path | None = None,
    guard: Guard | None = None,
) -> int:
    """Show a running replayer until q or a stop; return the exit code.

    `folder` has the results of its run, if that is known.

    A stop is recorded and polled for: an exception raised by a signal handler is lost within a
    destructor or a callback from C.

    Raises:
        LinkError: nothing answered within two seconds, or it does not let us in.
        ProtocolError: the answer is not one that this version can show.
    """
    shown = shown_address(endpoint)
    with contextlib.ExitStack() as closing:
        command = closing.enter_context(asking(endpoint, guard=guard))

        def ask() -> Answer | None:
            answer = command("status", "")
            return None if answer is None else _shown(answer, shown)

        first = _first_answer(ask, shown, stop)
        if first is None:
            return _exit_code(stop)
        console = Console()
        if once:
            seen = Observation()
            seen.on_answer(first, time.monotonic_ns())
            console.print(render(seen, Frame((console.width, ONCE_LINES))))
            return EXIT_DONE
        # In a pipe the keys belong to its reader, `less` for example.
        has_keys = console.is_terminal and not console.is_dumb_terminal
        keys = Keys(command if has_keys else None)
        keyboard = closing.enter_context(
            Keyboard(STANDARD_INPUT if console.is_terminal else None, keys.press)
        )
        keys.is_there = has_keys and keyboard.is_there
        if has_keys:
            stop.before_exit += [_leave_screen, keyboard.restore]
        closing.enter_context(_without_job_control())
        watch(
            ask,
            lambda: keyboard.is_quit or stop.requested > 0 or has_failed(sys.stdout),
            console=console,
            screen=True,
            refresh_per_second=refresh_per_second,
            address=shown,
            clock=replace(Clock(), sleep=keyboard.wait),
            keys=keys,
            folder=folder,
        )
    return _exit_code(stop)


def _exit_code(stop: StopSignal) -> int:
    """Ctrl-C leaves as q does; another signal is reported as the end."""
    return 128 + stop.signal_number if stop.signal_number not in (0, signal.SIGINT) else EXIT_DONE


def _first_answer(
    ask: Callable[[], Answer | None], address: str, stop: StopSignal
) -> Answer | None:
    """Return the first answer, None if a stop came before it."""
    give_up_ns = time.monotonic_ns() + FIRST_ANSWER_NS
    while time.monotonic_ns() < give_up_ns:
        if stop.requested:
            return None
        answer = ask()
        if answer is not None:
            return answer
    raise LinkError(
        f"no replayer answers on {address}",
        fix="start one (zreplay serve FILE), or name it: --control ADDRESS or --out DIR",
        code="Z303",
    )


def _shown(answer: Answer, address: str) -> Answer:
    """Return the answer if it is a status of the schema that the panels read."""
    if not answer.get("ok") or answer.get("schema") != SCHEMA:
        raise ProtocolError(
            f"{address} answered with status schema {answer.get('schema')!r}, expected {SCHEMA}",
            fix="use the zreplay of the version that runs there",
            code="Z505",
        )
    if field := misfit(answer):
        raise ProtocolError(
            f"{address} did not answer with a status: {field} is missing or of another type",
            fix="use the zreplay of the version that runs there",
            code="Z505",
        )
    return answer


def _leave_screen() -> None:
    os.write(1, SHOW_CURSOR_AND_LEAVE_SCREEN)


@contextlib.contextmanager
def _without_job_control() -> Iterator[None]:
    """Ctrl-Z would leave the shell on the wrong screen, without echo."""
    earlier = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, earlier)
