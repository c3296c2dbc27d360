"""Children that die are restarted until it is in vain; none is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.program.stop import StopSignal
from zreplay.supervision.begun_child import BegunChild
from zreplay.supervision.restart import MAX_DEATHS
from zreplay.supervision.supervisor import (
    FINAL_EXIT_CODES,
    WELL_ENDED_DELAY_NS,
    Child,
    ChildFailed,
    Supervisor,
)

PATIENCE_SECONDS = 10.0
LATER_NS = 10_000_000_000
CHILD = """
import json, os, signal, sys
parent_fd = int(sys.argv[sys.argv.index("--parent-fd") + 1])
match sys.argv[1]:
    case "exit":
        sys.exit(int(sys.argv[2]))
    case "tell":
        print(json.dumps({"argv": sys.argv[1:], "environ": dict(os.environ), "path": sys.path}))
    case "ask":  # what it is sent when its parent dies
        import ctypes
        number = ctypes.c_int()
        ctypes.CDLL(None).prctl(2, ctypes.byref(number), 0, 0, 0)
        print(number.value)
    case "die":
        os.kill(os.getpid(), signal.SIGKILL)
    case "wait":
        os.read(parent_fd, 1)
    case "hold":  # a stubborn one, yet not for ever
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.alarm(20)
        open(sys.argv[2], "w").write("x")
        signal.pause()
    case "hear":  # and end well, once it is asked to
        import select
        from protocol.program.stop import StopSignal
        select.select([StopSignal.install().fd], [], [])  # it may come before or after this
    case "live":  # holds a fifo open for as long as it lives
        with open(sys.argv[2], "w") as fifo:
            print("x", end="", file=fifo, flush=True)
            os.read(parent_fd, 1)
"""


class FakeBegun(BegunChild):
    """There is no process."""

    is_dismissed = False

    def __init__(self) -> None:
        pass

    def dismiss(self) -> None:
        self.is_dismissed = True


class Progress:
    """The count that grows with each commit."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        return self.count


@pytest.fixture
def progress() -> Progress:
    return Progress()


@pytest.fixture
def supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, progress: Progress
) -> Iterator[Supervisor]:
    (tmp_path / "fake_child.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    supervisor = Supervisor(progress)
    yield supervisor
    supervisor.end()


AddChild = Callable[..., Child]


@pytest.fixture
def add(supervisor: Supervisor) -> AddChild:
    """Give a way to add a child that does this."""

    def add(*arguments: str, name: str = "worker", **more: object) -> Child:
        return supervisor.add(name, "fake_child", [*arguments], **more)  # type: ignore[arg-type]

    return add


def wait_for(child: Child) -> int:
    """Wait until the child's process is over; the supervisor has not looked yet."""
    assert child.process is not None
    return child.process.wait(PATIENCE_SECONDS)


def live_and_end(supervisor: Supervisor, child: Child, now_ns: int = 0) -> None:
    """Start the child, wait for its end and let the supervisor note it."""
    supervisor.tend(now_ns)
    wait_for(child)
    supervisor.tend(now_ns)


def told(child: Child) -> dict[str, list[str]]:
    answer: dict[str, list[str]] = json.loads(child.output)
    return answer


def test_a_child_that_died_is_started_again_when_it_is_due(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("die")
    live_and_end(supervisor, child)
    assert (None, 0) == (child.process, supervisor.restarts)
    assert child.start_at_ns is not None
    supervisor.tend(child.start_at_ns - 1)
    assert child.process is None

    supervisor.tend(child.start_at_ns)

    assert -signal.SIGKILL == wait_for(child)
    assert 1 == supervisor.restarts


def test_the_end_of_a_child_ends_the_wait_and_its_output_is_whole(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("tell", ends_itself=True)
    supervisor.tend(0)
    while not supervisor.has_ended(child):
        began_ns = time.monotonic_ns()
        supervisor.wait(None, began_ns)
        assert time.monotonic_ns() - began_ns < PATIENCE_SECONDS * 1e9
        supervisor.tend(0)

    assert "tell" == told(child)["argv"][0]


def test_a_stop_ends_the_wait_and_so_does_a_child_that_is_due(
    supervisor: Supervisor, add: AddChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.supervision.supervisor.LONGEST_WAIT_NS", LATER_NS * 10)
    reading, writing = os.pipe()
    os.write(writing, b"x")
    add("wait")
    supervisor.tend(0)

    began_ns = time.monotonic_ns()
    supervisor.wait(reading, began_ns)
    add("wait").start_at_ns = began_ns + 1_000_000
    supervisor.wait(None, began_ns)

    assert time.monotonic_ns() - began_ns < PATIENCE_SECONDS * 1e9
    os.close(reading)
    os.close(writing)


def test_a_child_that_ends_by_itself_is_waited_for_unless_a_stop_is_asked_for(
    supervisor: Supervisor, add: AddChild
) -> None:
    stop = StopSignal()
    child, stubborn = add("exit", "0"), add("wait")
    supervisor.tend(0)
    assert child.process is not None and stubborn.process is not None

    supervisor.let_end(child, stop)
    assert 0 == child.process.poll()
    stop.request()
    supervisor.let_end(stubborn, stop)
    assert None is stubborn.process.poll()


def test_a_child_that_is_asked_to_end_in_its_first_moments_hears_it(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("hear")
    supervisor.tend(0)
    supervisor.terminate(child)

    assert 0 == wait_for(child)


def test_a_child_that_was_asked_to_end_and_died_is_asked_again(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("hear")
    supervisor.tend(0)
    supervisor.terminate(child)
    supervisor.kill()
    wait_for(child)
    supervisor.tend(0)
    assert child.start_at_ns is not None

    supervisor.tend(child.start_at_ns)

    assert 0 == wait_for(child)


def test_five_deaths_without_a_commit_end_the_run(supervisor: Supervisor, add: AddChild) -> None:
    child = add("die")
    with pytest.raises(ChildFailed, match=f"the worker died {MAX_DEATHS} times") as failed:
        for number in range(MAX_DEATHS):
            live_and_end(supervisor, child, number * LATER_NS)

    assert (70, False) == (failed.value.exit_code, failed.value.is_said)
    assert failed.value.what.endswith("the last time by SIGKILL")
    assert MAX_DEATHS - 1 == supervisor.restarts


def test_a_commit_in_between_gives_a_child_another_five(
    supervisor: Supervisor, add: AddChild, progress: Progress
) -> None:
    child = add("die")
    for number in range(MAX_DEATHS + 1):
        progress.count += 1
        live_and_end(supervisor, child, number * LATER_NS)

    assert not supervisor.has_ended(child)


@pytest.mark.parametrize("code", FINAL_EXIT_CODES)
def test_a_child_that_has_said_why_is_not_started_again(
    supervisor: Supervisor, add: AddChild, code: int
) -> None:
    child = add("exit", str(code), name="sink")
    with pytest.raises(ChildFailed, match="the sink cannot continue") as failed:
        live_and_end(supervisor, child)

    assert (code, True) == (failed.value.exit_code, failed.value.is_said)


@pytest.mark.parametrize("code", ["0", "1"])
def test_the_one_that_ends_itself_has_then_ended_and_its_last_words_are_kept(
    supervisor: Supervisor, add: AddChild, code: str
) -> None:
    child = add("exit", code, ends_itself=True)
    assert not supervisor.has_ended(child)
    live_and_end(supervisor, child)
    supervisor.tend(LATER_NS)

    assert supervisor.has_ended(child)
    assert (None, 0) == (child.process, supervisor.restarts)


def test_one_that_others_asked_to_end_is_started_again_unless_the_run_ends_first(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("exit", "0")
    live_and_end(supervisor, child)
    supervisor.tend(WELL_ENDED_DELAY_NS - 1)
    assert (None, False) == (child.process, supervisor.has_ended(child))

    supervisor.tend(WELL_ENDED_DELAY_NS)

    assert 0 == wait_for(child)
    assert 1 == supervisor.restarts


def test_the_supervisors_own_option_stands_before_the_files_at_every_start(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("tell", "--x", "1", "--", "--fresh.csv")
    arguments = []
    for number in range(2):
        live_and_end(supervisor, child, number * LATER_NS)
        arguments.append(told(child)["argv"])

    (first_fd, first), (second_fd, second) = (
        (one.pop(one.index("--parent-fd") + 1), one) for one in arguments
    )
    assert first_fd == second_fd
    assert ["tell", "--x", "1", "--parent-fd", "--", "--fresh.csv"] == first == second


KEPT = {"NO_SETTING", "ZREPLAY_PURE"}


def test_settings_for_a_command_by_hand_do_not_reach_a_child(
    supervisor: Supervisor, add: AddChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ZREPLAY_SERVE_ACKS", "ZMID_SINK_FRESH", "ZREPLAY_FAILPOINT", *KEPT):
        monkeypatch.setenv(name, "1")
    child = add("tell")
    seen = []
    for number in range(2):
        live_and_end(supervisor, child, number * LATER_NS)
        seen.append({*KEPT, *os.environ} & set(told(child)["environ"]))

    settings = {"ZREPLAY_SERVE_ACKS", "ZMID_SINK_FRESH"}
    assert set() == (seen[0] | seen[1]) & settings
    assert {"ZREPLAY_FAILPOINT"} == seen[0] - seen[1]
    assert KEPT <= seen[1]


def test_the_users_folder_is_not_where_a_child_looks_for_our_modules(
    supervisor: Supervisor, add: AddChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    child = add("tell")
    live_and_end(supervisor, child)

    assert {str(folder), "", "."} & set(told(child)["path"]) == set()


def test_a_ctrl_c_on_the_terminal_does_not_reach_the_children(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("wait")
    supervisor.tend(0)
    assert child.process is not None

    assert os.getpgid(child.process.pid) == child.process.pid != os.getpgrp()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does this")
def test_a_program_that_is_stopped_while_it_imports_is_woken_when_its_parent_dies(
    supervisor: Supervisor, add: AddChild
) -> None:
    child = add("ask")
    live_and_end(supervisor, child)

    assert signal.SIGCONT == int(child.output)


def test_at_the_end_every_child_is_ended_and_a_stubborn_one_by_force(
    supervisor: Supervisor, add: AddChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.supervision.supervisor.END_SECONDS", 1.0)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    children = [add("wait"), add("hold", str(fifo))]
    supervisor.tend(0)
    assert "x" == fifo.read_text()
    processes = [child.process for child in children]
    supervisor.end()

    codes = [process.returncode for process in processes if process is not None]
    assert [0, -signal.SIGKILL] == codes


def test_ending_twice_is_ending_once(supervisor: Supervisor, add: AddChild) -> None:
    add("wait")
    supervisor.tend(0)
    supervisor.end()
    supervisor.end()


def test_when_the_supervisor_is_killed_its_children_end_too(tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "fake_child.py").write_text(CHILD)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    program = f"""
import signal
from zreplay.supervision.supervisor import Supervisor
supervisor = Supervisor(lambda: 0)
for _ in range(2):
    supervisor.add("worker", "fake_child", ["live", {str(fifo)!r}])
supervisor.tend(0)
signal.pause()
"""
    paths = os.pathsep.join([str(checkout), str(tmp_path)])
    with (
        subprocess.Popen(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": paths}
        ) as process,
        fifo.open("rb") as lives,
    ):
        assert b"xx" == lives.read(2)
        process.kill()

        assert b"" == lives.read(), "a child is still there"


def test_a_process_that_ends_at_once_kills_its_children_first_also_a_stopped_one(
    supervisor: Supervisor, add: AddChild
) -> None:
    children = [add("wait"), add("wait")]
    add("wait").start_at_ns = None  # one that is not there
    supervisor.tend(0)
    processes = [child.process for child in children if child.process is not None]
    os.kill(processes[0].pid, signal.SIGSTOP)
    supervisor.kill()

    codes = [process.wait(timeout=PATIENCE_SECONDS) for process in processes]
    assert [-signal.SIGKILL] * 2 == codes


def test_a_child_begins_as_a_fork_and_starts_again_as_a_program(
    supervisor: Supervisor, add: AddChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks = []

    class Fork(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **more: Any) -> None:
            forks.append((*command[:2], more["title"][:14], more["pass_fds"], more["begun"]))
            super().__init__([sys.executable, "-c", "raise SystemExit(70)"], stdout=subprocess.PIPE)

    monkeypatch.setattr("zreplay.supervision.forked.is_possible", lambda: True)
    monkeypatch.setattr("zreplay.supervision.forked.ForkedChild", Fork)
    monkeypatch.setattr("zreplay.supervision.forked.preload", forks.append)
    child = add("die")
    supervisor.fork_with(["json"])
    live_and_end(supervisor, child)
    supervisor.tend(LATER_NS)

    assert -signal.SIGKILL == wait_for(child)
    fork = ("fake_child", "die", "fake_child die", (supervisor._read_fd,), None)
    assert [["json"], fork] == forks


def test_a_begun_child_runs_while_the_others_modules_are_imported(
    supervisor: Supervisor, add: AddChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[object] = []

    class Fork(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **more: Any) -> None:
            happened.append((command[1], more["begun"]))
            super().__init__([sys.executable, "-c", ""], stdout=subprocess.PIPE)

    monkeypatch.setattr("zreplay.supervision.forked.is_possible", lambda: True)
    monkeypatch.setattr("zreplay.supervision.forked.ForkedChild", Fork)
    monkeypatch.setattr("zreplay.supervision.forked.preload", happened.append)
    first, second, begun = add("wait"), add("tell", ends_itself=True), FakeBegun()
    second.begun = begun
    supervisor.fork_with(["json"])
    supervisor.tend(0)

    assert [("tell", begun), ["json"], ("wait", None)] == happened
    assert (1, 1, None) == (first.starts, second.starts, second.begun)
    assert not begun.is_dismissed


@pytest.mark.parametrize("is_possible", [False, True])
def test_a_begun_child_that_cannot_be_the_one_that_is_started_is_dismissed(
    supervisor: Supervisor,
    add: AddChild,
    monkeypatch: pytest.MonkeyPatch,
    is_possible: bool,
) -> None:
    monkeypatch.setattr("zreplay.supervision.forked.is_possible", lambda: is_possible)
    child, begun = add("die"), FakeBegun()
    child.begun, child.reads_stdin = begun, is_possible
    supervisor.fork_with([])
    live_and_end(supervisor, child)

    assert begun.is_dismissed
