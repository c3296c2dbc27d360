"""What a forked process does, it does to its exit: it never returns to its parent's frames."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import atexit, sys
from zreplay.supervision.becoming import run_to_exit

atexit.register(print, "the parent's end")
print("heard", end=" ")
try:
    run_to_exit(lambda: {act})
finally:
    print("a frame of the parent")
"""


@pytest.mark.parametrize(
    ("act", "code", "error"),
    [
        ("print('done')", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(6)", 6, ""),
        ("sys.exit('a text')", 1, ""),
        ("1 / 0", 70, "ZeroDivisionError"),
    ],
)
def test_its_exit_code_is_that_of_what_it_did(
    checkout: Path, act: str, code: int, error: str
) -> None:
    command = [sys.executable, "-c", PROGRAM.format(act=act)]
    run = subprocess.run(command, cwd=checkout, capture_output=True, text=True)

    assert code == run.returncode
    assert ["heard"] == run.stdout.replace("done", "").split()
    assert error in run.stderr
