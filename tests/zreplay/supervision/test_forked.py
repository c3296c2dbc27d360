"""A forked child has its parent's modules and nothing else of it; its exit code is known.

Forking needs a process of one thread, so a program of its own does it and tells what came out.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")

CHILD = """
import ctypes, json, os, select, signal, sys
match sys.argv[1]:
    case "tell":
        fds = [fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")]
        ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        at_parents_death = ctypes.c_int()
        ctypes.CDLL(None).prctl(2, ctypes.byref(at_parents_death), 0, 0, 0)
        print(json.dumps({
            "arguments": sys.argv[1:],
            "environ": dict(os.environ),
            "fds": sorted(map(int, fds)),
            "stdin": os.readlink("/proc/self/fd/0"),
            "is_session_leader": os.getsid(0) == os.getpid(),
            "mask": [*map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))],
            "handlers": [signal.getsignal(number) == signal.SIG_DFL for number in ends],
            "at_parents_death": at_parents_death.value,
            "wakeup_fd": signal.set_wakeup_fd(-1),
            "has_parents_modules": "wave" in sys.modules,
            "had_environ": open("/proc/self/environ").read().split("\\0"),
            "command": open("/proc/self/cmdline").read().rstrip("\\0 "),
        }))
    case "exit":
        sys.exit(int(sys.argv[2]))
    case "say":
        sys.exit("a text")
    case "break":
        raise RuntimeError("a defect")
    case "wait":
        from protocol.program.stop import StopSignal
        select.select([StopSignal.install().fd], [], [])
"""
PARENT = """
import json, os, signal, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
from protocol.program.stop import StopSignal
from zreplay.supervision import forked

forked.preload(["wave", "fork_program.__main__"])
stop = StopSignal.install()
passed, _ = os.pipe()

def child(*arguments, module="fork_child"):
    surroundings = {"HOME": "/nowhere"}
    command = [module, *arguments]
    title = f"a child that does {arguments}"
    return forked.ForkedChild(command, title=title, pass_fds=(passed,), env=surroundings)

def code(*arguments):
    return child(*arguments).wait(10)

told = child("tell")
told.wait(10)
program = child(module="fork_program")
program.wait(10)
endless = child("wait")
try:
    endless.wait(0.01)
    is_given_up = False
except subprocess.TimeoutExpired:
    is_given_up = True
is_alive = endless.poll() is None
endless.terminate()
stubborn = child("wait")
stubborn.kill()
was_possible = forked.is_possible()
release = threading.Event()
threading.Thread(target=release.wait).start()
is_possible = forked.is_possible()
release.set()
print(json.dumps({
    "told": json.load(told.stdout),
    "passed": passed,
    "program": program.stdout.read().decode(),
    "codes": [code("exit", "0"), code("exit", "6"), code("say"), code("break")],
    "is_given_up": is_given_up and is_alive,
    "ends": [endless.wait(10), stubborn.wait(10)],
    "after_the_end": [endless.kill(), endless.poll()],
    "is_parent_asked_to_end": stop.requested,
    "possible": [was_possible, is_possible],
}))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("forked")
    (folder / "fork_child.py").write_text(CHILD)
    (folder / "fork_program").mkdir()
    (folder / "fork_program" / "__main__.py").write_text(
        "if __name__ == '__main__': print('begun again')"
    )
    (folder / "fork_program" / "__init__.py").touch()
    command = [sys.executable, "-c", PARENT, str(folder)]
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "OF_THE_PARENT": "1"},
        timeout=60,
    )
    return json.loads(run.stdout) | {"errors": run.stderr}


def test_a_child_is_told_its_arguments_and_its_surroundings_and_no_others(report: Any) -> None:
    assert ["tell"] == report["told"]["arguments"]
    assert {"HOME": "/nowhere"} == report["told"]["environ"]


def test_a_child_has_what_its_parent_imported(report: Any) -> None:
    assert report["told"]["has_parents_modules"]


def test_a_program_that_its_parent_was_begun_with_begins_again_without_a_warning(
    report: Any,
) -> None:
    assert "begun again\n" == report["program"]
    assert "Warning" not in report["errors"]


def test_a_child_has_no_file_of_its_parent_but_those_it_is_given(report: Any) -> None:
    assert [0, 1, 2, report["passed"]] == report["told"]["fds"]
    assert os.devnull == report["told"]["stdin"]


def test_a_child_has_a_session_of_its_own_and_none_of_its_parents_ears_for_signals(
    report: Any,
) -> None:
    told = report["told"]

    assert told["is_session_leader"]
    assert ([signal.SIGHUP, signal.SIGTERM], [True, True, True], -1) == (
        sorted(told["mask"]),
        told["handlers"],
        told["wakeup_fd"],
    )
    assert 0 == report["is_parent_asked_to_end"]


def test_a_child_that_is_stopped_in_its_first_moments_is_woken_when_its_parent_dies(
    report: Any,
) -> None:
    assert signal.SIGCONT == report["told"]["at_parents_death"]


def test_a_child_stands_in_the_list_of_processes_under_its_title(report: Any) -> None:
    assert "a child that does ('tell',)" == report["told"]["command"]


def test_what_stands_beside_its_title_is_left_alone(report: Any) -> None:
    assert "OF_THE_PARENT=1" in report["told"]["had_environ"]


def test_the_exit_code_is_the_childs_and_a_defect_is_shown(report: Any) -> None:
    assert [0, 6, 1, 70] == report["codes"]
    assert "RuntimeError: a defect" in report["errors"]


def test_a_child_that_lives_on_is_given_up_waiting_for_and_can_be_ended(report: Any) -> None:
    assert report["is_given_up"]
    assert [0, -signal.SIGKILL] == report["ends"]
    assert [None, 0] == report["after_the_end"]


def test_nothing_is_forked_beside_a_thread(report: Any) -> None:
    assert [True, False] == report["possible"]
