"""Asked to end before anybody listens: the first moments of a program, while it imports.

What takes over is `StopSignal`; a command that has none ends in this way all its life. Imports
next to nothing, for until then a Ctrl-C is a traceback.
"""

import os
import signal
from types import FrameType

INTERRUPTED = 130
"""`EXIT_INTERRUPTED`; what that stands in would be imported first."""


def end_when_asked(exit_code: int = INTERRUPTED) -> None:
    """Let SIGINT, SIGTERM and SIGHUP end this process at once; nothing that needs an end has begun.

    No exception is raised: one in the middle of an import may be swallowed, or told at length.
    """

    def end(number: int, frame: FrameType | None) -> None:
        try:
            if number == signal.SIGINT and os.isatty(2):
                os.write(2, b"\n")  # leave the line that ^C stands on, as click does
        finally:
            os._exit(exit_code)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` and `&` may have asked
            signal.signal(number, end)
