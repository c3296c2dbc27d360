"""A skipped test is listed with its reason, and more skips than are known fail the run."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.skips import grown, known_in

TESTS = """
import pytest

def test_runs():
    pass

@pytest.mark.parametrize("number", range(2))
def test_needs_a_disk(number):
    pytest.skip(f"needs a disk: number {number} is missing")

@pytest.mark.skipif(True, reason="needs a net")
def test_needs_a_net():
    pass
"""
HOOKS = "from tests.skips import pytest_addoption, pytest_sessionfinish, pytest_terminal_summary\n"


def run(folder: Path, *options: str) -> tuple[int, list[str]]:
    """Run tests of which three are skipped; return the exit code and the lines from there on."""
    (folder / "conftest.py").write_text(HOOKS)
    (folder / "test_some.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        capture_output=True,
        text=True,
        timeout=180,
    )
    return done.returncode, done.stdout.splitlines()[1:]


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_the_reasons_are_told_before_the_closing_line(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    code, lines = run(tmp_path, *workers)

    assert (0, ["skipped 2: needs a disk", "skipped 1: needs a net"]) == (code, lines[-3:-1])
    assert lines[-1].startswith("1 passed, 3 skipped in ")


@pytest.mark.parametrize(
    ("known", "new"),
    [
        ("2 needs a disk\n1 needs a net\n", []),
        ("# More may be.\n7 needs a disk\n1 needs a net\n1 needs a sun\n", []),
        (
            "1 needs a disk\n1 needs a net\n",
            ["2 tests were skipped, 1 are known to be: needs a disk"],
        ),
        ("2 needs a disk\n", ["1 tests were skipped, 0 are known to be: needs a net"]),
    ],
)
def test_more_skips_than_are_known_fail_the_run(tmp_path: Path, known: str, new: list[str]) -> None:
    path = tmp_path / "known"
    path.write_text(known)
    code, lines = run(tmp_path, "--known-skips", str(path))
    fix = [f"fix: let them run, or say in {path} that they do not"] if new else []

    assert bool(new) is (code != 0)
    assert [*new, *fix] == lines[-1 - len(new) - len(fix) : -1]
    assert lines[-1].startswith("1 passed, 3 skipped in ")


def test_fewer_are_welcome() -> None:
    assert [] == grown(Counter(), known_in("3 needs a disk"))


def test_the_file_of_known_skips_can_be_read(checkout: Path) -> None:
    known = known_in((checkout / "tests/skips.txt").read_text())

    assert all(count > 0 for count in known.values())
