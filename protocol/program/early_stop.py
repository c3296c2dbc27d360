"""Stop signals before `StopSignal` is installed: the first moments of a program, its imports.

A command that never installs one always stops in this way. This module imports next to
nothing, for until it is loaded a Ctrl-C is a traceback.
"""

import os
import signal
from types import FrameType

from protocol.program.interruption import say_interrupted

INTERRUPTED = 130
"""`EXIT_INTERRUPTED`; importing it would come first."""


def end_when_asked(exit_code: int = INTERRUPTED) -> None:
    """Let SIGINT, SIGTERM and SIGHUP end this process at once; nothing needs a clean end yet.

    No exception is raised: one in the middle of an import may be swallowed, or print a traceback.
    """

    def end(number: int, frame: FrameType | None) -> None:
        try:
            say_interrupted()
            if number == signal.SIGINT and os.isatty(2):
                os.write(2, b"\n")  # leave the line that ^C stands on, as click does
        finally:
            os._exit(exit_code)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as `nohup` and `&` may have asked
            signal.signal(number, end)
