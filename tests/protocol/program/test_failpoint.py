"""A failpoint kills or fails at the chosen occurrences of the chosen point, and at no other."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.program.failpoint import VARIABLE

ROOT = Path(__file__).resolve().parents[3]
CHILD = """
from protocol.program.failpoint import is_next, reach
for turn in range(4):
    print(turn, is_next("a.b"), flush=True)
    reach("a.b")
    reach("a.c")
"""


def run(failpoint: str | None) -> tuple[int, int, bool]:
    """Return the exit code, the turns that began, and whether the last was announced."""
    kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
    chosen = {} if failpoint is None else {VARIABLE: failpoint}
    ended = subprocess.run(
        [sys.executable, "-c", CHILD],
        capture_output=True,
        text=True,
        timeout=20,
        env={**kept, "PYTHONPATH": str(ROOT), **chosen},
    )
    lines = ended.stdout.splitlines()
    return ended.returncode, len(lines), lines[-1].endswith("True")


@pytest.mark.parametrize(
    ("failpoint", "expected"),
    [
        (None, (0, 4, False)),
        ("a.b:3", (-signal.SIGKILL, 3, True)),
        ("a.b", (-signal.SIGKILL, 1, True)),
        ("a.c:2", (-signal.SIGKILL, 2, False)),
        ("a.b:5", (0, 4, False)),
        ("a.d:1", (0, 4, False)),
    ],
)
def test_only_the_chosen_occurrence_kills(
    failpoint: str | None, expected: tuple[int, int, bool]
) -> None:
    assert expected == run(failpoint)


FAILING_CHILD = """
from protocol.program.failpoint import is_next, reach
for turn in range(5):
    try:
        print(turn, is_next("a.b"), end=" ")
        reach("a.b")
        print("passed")
    except OSError as error:
        print(error.errno, error.strerror)
"""


def test_a_point_may_fail_with_an_errno_for_some_time_instead() -> None:
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: "a.b:2-3:ENOSPC"}
    printed = subprocess.check_output(
        [sys.executable, "-c", FAILING_CHILD], text=True, timeout=20, env=surroundings
    )
    full = f"True {errno.ENOSPC} {os.strerror(errno.ENOSPC)}"
    passed = "False passed"

    expected = [f"0 {passed}", f"1 {full}", f"2 {full}", f"3 {passed}", f"4 {passed}"]
    assert expected == printed.splitlines()


@pytest.mark.parametrize("chosen", ["a.b:x", "a.b:1-x", f"a.b:{10**20}", "a.b:1:NONE", "a:b:c"])
@pytest.mark.parametrize("module", ["zreplay", "zmid"])
def test_what_names_no_failpoint_is_a_wrong_setting(chosen: str, module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", module, "sink" if module == "zmid" else "demo"],
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: chosen},
    )

    assert 2 == ended.returncode
    assert f"error Z200: {VARIABLE} is not a failpoint" == ended.stderr.splitlines()[0]
