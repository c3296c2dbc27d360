"""One stop signal is recorded and wakes a poller; a second one ends the process at once."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.errors import EXIT_INTERRUPTED
from protocol.program.stop import StopSignal

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 10

CHILD = """
import select, sys
from protocol.program.stop import StopSignal
stop = StopSignal.install()
exec(sys.argv[1])
print("ready", flush=True)
select.select([stop.fd], [], [])
print("asked", stop.requested, flush=True)
select.select([], [], [])
"""


# Two of them before Python's handler has its turn: nothing of Python runs in between.
AT_ONCE = "import ctypes; list(map(getattr(ctypes.PyDLL(None), 'raise'), ({:d}, {:d})))"


def child(statement: str = "", *before: str) -> "subprocess.Popen[str]":
    process = starting(statement, *before)
    assert process.stdout is not None
    assert "ready\n" == process.stdout.readline()
    return process


def starting(statement: str, *before: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*before, sys.executable, "-c", CHILD, statement],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def is_readable(stop: StopSignal) -> bool:
    return bool(select.select([stop.fd], [], [], 0)[0])


def test_nothing_is_asked_at_first() -> None:
    stop = StopSignal()
    assert (0, False) == (stop.requested, is_readable(stop))
    stop.close()


def test_a_request_makes_the_fd_readable_and_keeps_it_so() -> None:
    stop = StopSignal()
    stop.request(signal.SIGTERM)
    assert (1, signal.SIGTERM, True) == (stop.requested, stop.signal_number, is_readable(stop))
    assert is_readable(stop)
    stop.close()


def test_each_signal_asks_once_and_the_second_ends_at_once() -> None:
    for first, second in ((signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)):
        process = child()
        process.send_signal(first)
        assert process.stdout is not None
        assert "asked 1\n" == process.stdout.readline()
        process.send_signal(second)
        assert EXIT_INTERRUPTED == process.wait(PATIENCE_SECONDS)
        process.stdout.close()


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_two_signals_that_come_at_once_are_two(first: int, second: int) -> None:
    process = starting(AT_ONCE.format(first, second))

    assert ("", None) == process.communicate(timeout=PATIENCE_SECONDS)
    assert EXIT_INTERRUPTED == process.returncode


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_hang_up_asks_and_never_insists(first: int) -> None:
    process = child(AT_ONCE.format(first, signal.SIGHUP))
    assert process.stdout is not None
    assert "asked 1\n" == process.stdout.readline()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)

    assert EXIT_INTERRUPTED == process.wait(PATIENCE_SECONDS)
    process.stdout.close()


def test_a_hang_up_that_nohup_ignores_stays_ignored() -> None:
    hang_up = (
        "import os, signal; os.kill(os.getpid(), signal.SIGHUP); print(stop.requested, flush=True)"
    )
    told = []
    for before in ((), ("nohup",)):
        process = starting(hang_up, *before)
        assert process.stdout is not None
        told.append(process.stdout.readline())
        process.kill()
        process.communicate()

    assert ["1\n", "0\n"] == told


def test_the_last_act_is_done_before_the_end_at_once() -> None:
    process = child("stop.before_exit.append(lambda: print('last act', flush=True))")
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert "asked 1\n" == process.stdout.readline()
    process.send_signal(signal.SIGINT)

    assert "last act\n" == process.communicate(timeout=PATIENCE_SECONDS)[0]
    assert EXIT_INTERRUPTED == process.returncode


def test_who_hangs_after_being_asked_is_ended_by_the_kernel() -> None:
    # A second signal would end it too, but not every service manager sends one.
    process = child("from protocol.program import stop as module; module.LAST_RESORT_SECONDS = 1")
    process.send_signal(signal.SIGTERM)

    assert "asked 1\n" == process.communicate(timeout=PATIENCE_SECONDS)[0]
    assert -signal.SIGALRM == process.returncode


def test_with_json_who_ends_at_once_prints_the_one_object() -> None:
    process = child("sys.argv.append('--json')")
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert "asked 1\n" == process.stdout.readline()
    process.send_signal(signal.SIGINT)

    assert "Z900" == json.loads(process.communicate(timeout=PATIENCE_SECONDS)[0])["code"]
