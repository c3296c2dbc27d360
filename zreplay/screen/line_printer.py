"""The view of a replayer in a pipe: a line every five seconds. Imports nothing that draws."""

import time
from typing import IO, Final

from protocol.program.diagnostics import json_line
from zreplay.screen.plain_line import event, line
from zreplay.screen.watched import Watched

LINE_INTERVAL_NS: Final = 5_000_000_000


def print_lines(view: Watched, out: IO[str], interval_seconds: float) -> None:
    """Print a line at the first answer, and then every five seconds, until it is over.

    Before the first answer it asks every `interval_seconds`.
    """
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
            print(text, file=out, flush=True)
            is_first = False
            next_line_ns = now_ns + LINE_INTERVAL_NS
        pause_ns = int(interval_seconds * 1e9)
        view.rest_until(now_ns + pause_ns if is_first else next_line_ns)
