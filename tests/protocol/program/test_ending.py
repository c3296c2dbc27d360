"""A process that ends at once has the exit code that was asked for, and loses nothing it wrote."""

import subprocess
import sys

import pytest

from protocol.program.ending import end_at_once

PROGRAM = """
import atexit, os, sys, threading
from protocol.program.ending import end_at_once

class Watched:
    def __del__(self):
        os.write(1, b" taken apart")

watched = Watched()
atexit.register(print, " handled", end="")
print("out", end="")
print("err", end="", file=sys.stderr)
{before}
try:
    sys.exit({code})
except SystemExit as end:
    end_at_once(end)
    raise
"""
A_THREAD_GOES_ON = """
over = threading.Event()
threading.Thread(target=lambda: [over.wait(), print(" thread", end="")]).start()
atexit.unregister(print)
threading._register_atexit(over.set)
"""
A_FORK = """
child = os.fork()
if child:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def ended(code: str, before: str = "") -> tuple[int, str, str]:
    program = PROGRAM.format(code=code, before=before)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("code", "expected"), [("", 0), ("None", 0), ("7", 7), ("256 + 3", 3)])
def test_handlers_are_called_and_what_was_written_is_there(code: str, expected: int) -> None:
    assert (expected, "out handled", "err") == ended(code)


def test_a_text_in_the_place_of_a_code_is_printed() -> None:
    code, out, err = ended("'it failed'")

    assert (1, "out handled taken apart", "errit failed\n") == (code, out, err)


def test_a_thread_that_goes_on_is_waited_for() -> None:
    assert (0, "out thread taken apart", "err") == ended("", A_THREAD_GOES_ON)


def test_a_forked_child_ends_as_it_would() -> None:
    code, out, _ = ended("5", A_FORK)

    assert 5 == code
    assert "taken apart" in out


def test_it_comes_back_where_it_cannot_end() -> None:
    end_at_once(SystemExit("a text"))
