"""The end of a process: the system takes back its memory at once, the interpreter bit by bit.

Taking all that a program has imported apart costs as much CPU as some thousand quotes.
"""

import atexit
import os
import sys
import threading

_own_pid = os.getpid()


def end_at_once(end: SystemExit) -> None:
    """End this process as `end` would, without taking it apart; return where that cannot be.

    So it is where a thread goes on, where there is a text to be printed, and in a forked child,
    whose end is that of who forked it.
    """
    code = 0 if end.code is None else end.code
    if os.getpid() != _own_pid or threading.active_count() > 1 or not isinstance(code, int):
        return
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)
