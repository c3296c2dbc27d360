"""What a program that ends at once prints with `--json`: exactly one object, unless there is one.

It may be the first that a program imports, and is called where a signal is handled: it imports
next to nothing, waits for nobody and does not touch what Python has yet to write.
"""

import os
import sys

CODE = "Z900"
WHAT = "interrupted before the end"
FIX = "the same command goes on, or begins again"
JSON_FLAG = "--json"

given: list[bool] = []
"""Not empty once the one object is printed, or about to be."""
_own_pid = os.getpid()


def asks_for_json(words: list[str]) -> bool:
    """Return whether a command line asks for one object."""
    return JSON_FLAG in (words[: words.index("--")] if "--" in words else words)


def say_interrupted() -> None:
    """Print the object of a program that is interrupted; a forked child has none."""
    if given or os.getpid() != _own_pid or not asks_for_json(sys.argv[1:]):
        return
    from select import select

    given.append(True)
    parts = f'"code":"{CODE}","error":"{WHAT}","fix":"{FIX}"'
    try:
        if select([], [1], [], 0)[1]:  # a pipe that is full may never have room
            os.write(1, f'{{"ok":false,"schema":1,{parts}}}\n'.encode())
    except OSError:
        pass  # nobody wants it
