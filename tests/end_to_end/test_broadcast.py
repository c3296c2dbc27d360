"""Five watch one replay: each gets all, and one that is stopped holds nobody up and is told."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

from tests.end_to_end.processes import environment, start, until
from tests.zreplay.fake_sink import write_recording
from zreplay.controls.control import ControlClient

QUOTES = 100_000
WATCH = """
import sys, zreplay
quotes = missing = repeated = 0
with zreplay.subscribe(sys.argv[1], control=sys.argv[2]) as subscription:
    for received in subscription:
        if not quotes and not missing:
            print("began", flush=True)
        quotes += received.quotes.num_rows - received.repeated
        missing += received.missing
        repeated += received.repeated
print(quotes, missing, repeated)
"""


@contextmanager
def watching(count: int, *addresses: str) -> Iterator[list["subprocess.Popen[str]"]]:
    """Give programs that count what they receive."""
    command = [sys.executable, "-P", "-c", WATCH, *addresses]
    programs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())
        for _ in range(count)
    ]
    try:
        yield programs
    finally:
        for program in programs:
            program.kill()
            program.communicate()


def counted(program: "subprocess.Popen[str]") -> list[int]:
    """Return how many quotes came, were missing, and came again."""
    said, _ = program.communicate(timeout=60)
    return [int(word) for word in said.split()[-3:]]


@pytest.mark.parametrize("acks", ["none", "sink"])
def test_each_of_five_gets_every_quote_and_an_end(tmp_path: Path, acks: str) -> None:
    recording = write_recording(tmp_path / "quotes.csv", 5_000)
    bind, results, sync, control, broadcast = (f"ipc://{tmp_path}/{name}" for name in "brscw")
    sink = start("zmid", "sink", "--bind", results, "--sync", sync, "--out", tmp_path / "out")
    worker = start("zmid", "worker", "--source", bind, "--sink", results)
    replayer = start(
        "zreplay",
        *("serve", recording, "--speed", 10, "--acks", acks, "--exit-when-done"),
        *("--bind", bind, "--sync", sync, "--control", control, "--broadcast", broadcast),
        *("--state", tmp_path / "state", "--wait-workers", 6),
    )
    try:
        with watching(5, broadcast, control) as programs:
            assert 5 * [[5_000, 0, 0]] == [counted(program) for program in programs]
        assert 0 == replayer.wait(60)
    finally:
        for part in (replayer, worker, sink):
            part.kill()
            part.communicate()


def test_a_replayer_that_is_killed_and_started_again_broadcasts_what_is_not_committed_again(
    tmp_path: Path,
) -> None:
    recording = write_recording(tmp_path / "quotes.csv", 3_000)
    bind, results, sync, control, broadcast = (f"ipc://{tmp_path}/{name}" for name in "brscw")
    sink = start("zmid", "sink", "--bind", results, "--sync", sync, "--out", tmp_path / "out")
    worker = start("zmid", "worker", "--source", bind, "--sink", results)
    serve = (
        *("serve", recording, "--speed", 0.4, "--exit-when-done", "--wait-workers", 2),
        *("--bind", bind, "--sync", sync, "--control", control, "--broadcast", broadcast),
        *("--state", tmp_path / "state"),
    )
    replayer = start("zreplay", *serve)
    try:
        with zmq.Context() as context, watching(1, broadcast, control) as (watcher,):
            client = ControlClient(context, control, 60_000)
            until(lambda: client.ask("status")["record"] > 1_000, "a part of it")
            client.close()
            replayer.kill()
            replayer.communicate()
            replayer = start("zreplay", *serve)

            quotes, missing, _ = counted(watcher)
        assert 0 == replayer.wait(60)
    finally:
        for part in (replayer, worker, sink):
            part.kill()
            part.communicate()
    # What only the killed one still had for this subscriber is missing, and counted.
    assert 3_000 == quotes + missing


def test_one_that_is_stopped_holds_nobody_up_and_is_told_what_it_missed(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "quotes.csv", QUOTES, spread_ms=0)
    control, broadcast = (f"ipc://{tmp_path}/{name}" for name in "cw")
    replayer = start(
        "zreplay",
        *("serve", recording, "--acks", "none", "--batch", 32, "--bind", f"ipc://{tmp_path}/b"),
        *("--speed", "max", "--loop", 2, "--start-paused"),
        *("--control", control, "--broadcast", broadcast, "--wait-workers", 5),
        *("--state", tmp_path / "state"),
    )
    try:
        with (
            zmq.Context() as context,
            watching(5, broadcast, control) as (stopped, *others),
        ):
            client = ControlClient(context, control, 60_000)
            until(lambda: client.ask("status")["broadcast"]["subscribers"] == 5, "subscribers")
            client.ask("step", "10")
            assert stopped.stdout is not None
            assert "began\n" == stopped.stdout.readline()
            stopped.send_signal(signal.SIGSTOP)
            client.ask("resume")
            until(lambda: client.ask("status")["state"] == "DONE", "the end")
            told = [counted(other) for other in others]
            stopped.send_signal(signal.SIGCONT)
            late = counted(stopped)
            client.ask("stop")
            client.close()
            assert 0 == replayer.wait(60)
    finally:
        replayer.kill()
        replayer.communicate()
    assert 4 * [2 * QUOTES] == [quotes + missing for quotes, missing, _ in told]
    assert 2 * QUOTES == late[0] + late[1]
    assert 0 < late[1]
