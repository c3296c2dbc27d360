"""When a parent dies, its stopped child is woken or ended, as it asked for."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does this")

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 30
CHILD = """
import os, signal, sys
from protocol.program import parent_death
getattr(parent_death, sys.argv[1])()
blocked = sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ())))
print(os.getpid(), *blocked, flush=True)
sys.stdin.read()
print("woken", flush=True)
"""
PARENT = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", *sys.argv[1:]], stdin=subprocess.PIPE)
sys.stdin.readline()
"""


@pytest.mark.parametrize(
    ("asked", "blocked", "said"),
    [
        ("wake_with_parent", [], "woken\n"),
        ("begin_as_child", [signal.SIGHUP, signal.SIGTERM], "woken\n"),
        ("end_with_parent", [], ""),
    ],
)
def test_a_stopped_child_is_woken_or_ended(asked: str, blocked: list[int], said: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, asked],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    child_pid, *told = map(int, parent.stdout.readline().split())
    child_fd = os.pidfd_open(child_pid)
    os.kill(child_pid, signal.SIGSTOP)
    parent.kill()

    assert said == parent.communicate(timeout=PATIENCE_SECONDS)[0]
    assert [child_fd] == select.select([child_fd], [], [], PATIENCE_SECONDS)[0]
    assert blocked == told
    os.close(child_fd)
