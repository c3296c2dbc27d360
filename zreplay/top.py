"""`zreplay top`: the dashboard of a replayer that runs elsewhere; with keys, on a whole screen."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType
from typing import Final

from rich.console import Console

from protocol.errors import EXIT_DONE, LinkError, ProtocolError
from zreplay.asking import asking
from zreplay.control import Answer
from zreplay.dashboard import Clock, watch
from zreplay.keyboard import STANDARD_INPUT, Keyboard
from zreplay.keys import Keys
from zreplay.observation import Observation
from zreplay.panels import Frame, render
from zreplay.status import SCHEMA

FIRST_ANSWER_NS: Final = 1_500_000_000
ONCE_LINES: Final = 60


def top(endpoint: str, *, refresh_per_second: float = 4, once: bool = False) -> int:
    """Show a running replayer until q or Ctrl-C; return the exit code.

    Raises:
        LinkError: nobody answered within two seconds.
        ProtocolError: the answer is not one that this version can show.
    """
    with contextlib.ExitStack() as closing:
        command = closing.enter_context(asking(endpoint))

        def ask() -> Answer | None:
            answer = command("status", "")
            return None if answer is None else _shown(answer, endpoint)

        try:
            first = _first_answer(ask, endpoint)
            console = Console()
            if once:
                seen = Observation()
                seen.on_answer(first, time.monotonic_ns())
                console.print(render(seen, Frame((console.width, ONCE_LINES))))
                return EXIT_DONE
            # In a pipe the keys belong to who reads it, `less` for one.
            has_keys = console.is_terminal and not console.is_dumb_terminal
            keys = Keys(command if has_keys else None)
            keyboard = closing.enter_context(
                Keyboard(STANDARD_INPUT if console.is_terminal else None, keys.press)
            )
            keys.is_there = has_keys and keyboard.is_there
            closing.enter_context(_ended_by_signals())
            watch(
                ask,
                lambda: keyboard.is_quit,
                console=console,
                screen=True,
                refresh_per_second=refresh_per_second,
                address=endpoint,
                clock=replace(Clock(), sleep=keyboard.wait),
                keys=keys,
            )
        except KeyboardInterrupt:
            pass
    return EXIT_DONE


def _first_answer(ask: Callable[[], Answer | None], endpoint: str) -> Answer:
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
