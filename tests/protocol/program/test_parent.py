"""A part that is stopped when its parent dies is woken, and notices that it is alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from protocol.program.parent import parent_option

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 10
CHILD = """
import os, sys
from protocol.program.parent import _on_parent_fd
parent_fd = _on_parent_fd(None, None, int(sys.argv[1]))
print(os.getpid(), flush=True)
os.read(parent_fd, 1)
print("alone", flush=True)
"""
PARENT = """
import os, subprocess, sys
read_fd, write_fd = os.pipe()
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(read_fd)], pass_fds=(read_fd,))
sys.stdin.readline()
"""


def test_the_option_is_handed_on() -> None:
    @click.command()
    @parent_option
    def command(parent_fd: int | None) -> None:
        click.echo(parent_fd)

    assert "\n" == CliRunner().invoke(command).output


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does this")
def test_a_stopped_part_is_woken_by_the_death_of_its_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    child_pid = int(parent.stdout.readline())
    os.kill(child_pid, signal.SIGSTOP)
    parent.kill()

    # Both hold the other end: the output ends when both are gone.
    assert "alone\n" == parent.communicate(timeout=PATIENCE_SECONDS)[0]


def test_what_no_descriptor_can_be_is_refused() -> None:
    @click.command()
    @parent_option
    def part(parent_fd: int | None) -> None: ...

    for number in ("-1", str(2**31), "9" * 5000):
        assert 2 == CliRunner().invoke(part, [f"--parent-fd={number}"]).exit_code
