"""A replayer is begun for a run alone, once what both import is there."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from zreplay.commands import begun_replayer

PROGRAM = """
import os, sys
from zreplay.commands import begun_replayer
from zreplay.supervision import begun_child

def begin_child(modules):
    both = [name in sys.modules for name in (*begun_replayer._BOTH, "numpy")]
    print("begun", all(both), *(name in sys.modules for name in modules), end=" ")
    print(len(os.listdir("/proc/self/task")) if sys.platform == "linux" else 1)

begun_child.begin_child = begin_child
begun_replayer.begin_if_wanted(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "a.csv"], "begun True False False False 1\n"),
        (["run", "a.parquet", "b.parquet"], "begun True False False False False 1\n"),
        (["run", "a.csv.gz", "b.zst", "c.parquet"], "begun True False False False False False 1\n"),
        (["run", "--help"], ""),
        (["run", "-"], ""),
        (["serve", "a.csv"], ""),
        (["ctl", "run"], ""),
        ([], ""),
    ],
)
def test_it_is_begun_for_a_run_alone(checkout: Path, words: list[str], said: str) -> None:
    command = [sys.executable, "-c", PROGRAM, *words]
    run = subprocess.run(command, cwd=checkout, capture_output=True, text=True)

    assert (said, "") == (run.stdout, run.stderr)


def test_what_files_are_read_with_can_be_imported() -> None:
    for module in begun_replayer._OF_FILES.values():
        import_module(module)
