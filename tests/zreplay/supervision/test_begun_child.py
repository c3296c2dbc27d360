"""A child that was begun becomes what a forked one is, and nothing is left of one without a job.

Forking needs a process of one thread, so a program of its own does it and tells what came out.
"""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.zreplay.supervision.test_forked import CHILD
from zreplay.supervision import begun_child
from zreplay.supervision.begun_child import begin_child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 30
BEGIN = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
os.sched_getaffinity = lambda pid: {0, 1}
from protocol.program.stop import StopSignal
from zreplay.supervision import forked
from zreplay.supervision.begun_child import begin_child, begun_child
"""
PARENT = f"""{BEGIN}
def begun():
    begin_child(["wave"])
    return begun_child()

def child(*arguments, **more):
    surroundings, command = {{"HOME": "/nowhere"}}, ["fork_child", *arguments]
    title = f"a child that does {{arguments}}"[:40]
    return forked.ForkedChild(command, title=title, pass_fds=fds, env=surroundings, **more)

first, second, third, fourth, fifth = [begun() for _ in range(5)]
none_is_left = begun_child() is None
stop = StopSignal.install()
fds = os.pipe()
told = child("tell", begun=first)
told.wait(10)
errors_fd, to_errors_fd = os.pipe()
broken = child("break", begun=second, stderr_fd=to_errors_fd)
os.close(to_errors_fd)
is_second = broken.pid == second.pid
broken_code = broken.wait(10)

os.kill(third.pid, signal.SIGSTOP)
many = child("tell", *["x" * 1_000] * 5_000, begun=third)
os.kill(third.pid, signal.SIGCONT)
import select
while select.select([many.stdout], [], [], 10)[0] and (text := many.stdout.read()):
    counted = len(json.loads(text)["arguments"])

os.kill(fourth.pid, signal.SIGKILL)
os.waitid(os.P_PID, fourth.pid, os.WEXITED | os.WNOWAIT)
another = child("exit", "0", begun=fourth)
is_another = another.pid != fourth.pid
endless = child("wait", begun=fifth)
endless.terminate()
print(json.dumps({{
    "told": json.load(told.stdout),
    "passed": [*fds],
    "is_first": told.pid == first.pid,
    "none_is_left": none_is_left,
    "parent_has_modules": "wave" in sys.modules,
    "broken": [is_second, broken_code, "a defect" in os.fdopen(errors_fd).read()],
    "counted": counted,
    "another": [is_another, another.wait(10)],
    "endless": [endless.pid == fifth.pid, endless.wait(10)],
    "is_parent_asked_to_end": stop.requested,
}}))
"""
WITHOUT_A_JOB = f"""{BEGIN}
begin_child(["endless_import"])
child = begun_child()
print(child.pid, flush=True)
sys.stdin.readline()
if "dismiss" in sys.argv:
    child.dismiss()
    print("dismissed", flush=True)
    sys.stdin.readline()
"""

SEEN = """
from zreplay.recordings.recording_layout import IDENTITIES
"""
HEARD = f"""{SEEN}
print(IDENTITIES.find("17", 1, "stamp"), IDENTITIES.find("18", 1, "stamp"), flush=True)
"""
TELLING = f"""{BEGIN}{SEEN}
begin_child([])
child = begun_child()
for number in range(18):
    IDENTITIES.note(str(number), 1, "stamp", f"found {{number}}")
heard = forked.ForkedChild(["heard"], title="heard", pass_fds=os.pipe(), env={{}}, begun=child)
print(heard.pid == child.pid, heard.stdout.read().decode())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    (folder / "fork_child.py").write_text(CHILD)
    (folder / "heard.py").write_text(HEARD)
    (folder / "endless_import.py").write_text("import signal; signal.pause()")
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> Any:
    run = subprocess.run(
        [sys.executable, "-c", PARENT, str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert ("", 0) == (run.stderr, run.returncode)
    return json.loads(run.stdout)


def test_it_has_what_it_imported_and_its_parent_has_not(report: Any) -> None:
    assert report["told"]["has_parents_modules"]
    assert not report["parent_has_modules"]


def test_it_is_the_child_and_is_told_its_arguments_and_surroundings(report: Any) -> None:
    told = report["told"]

    assert report["is_first"]
    assert ["tell"] == told["arguments"]
    assert {"HOME": "/nowhere"} == told["environ"]
    assert "a child that does ('tell',)" == told["command"]


def test_it_has_no_file_but_those_it_is_given_under_their_numbers(report: Any) -> None:
    assert sorted([0, 1, 2, *report["passed"]]) == report["told"]["fds"]
    assert os.devnull == report["told"]["stdin"]


def test_it_has_a_session_of_its_own_and_none_of_its_parents_ears_for_signals(report: Any) -> None:
    told = report["told"]

    assert told["is_session_leader"]
    assert ([signal.SIGHUP, signal.SIGTERM], [True, True, True], -1) == (
        sorted(told["mask"]),
        told["handlers"],
        told["wakeup_fd"],
    )
    assert 0 == report["is_parent_asked_to_end"]
    assert [True, 0] == report["endless"]


def test_with_a_job_it_is_woken_when_its_parent_dies_and_not_ended(report: Any) -> None:
    assert signal.SIGCONT == report["told"]["at_parents_death"]


def test_its_errors_go_where_they_should_and_a_defect_is_its_exit_code(report: Any) -> None:
    assert [True, 70, True] == report["broken"]


def test_a_job_of_any_size_is_handed_to_one_that_is_stopped_without_waiting(report: Any) -> None:
    assert 5_001 == report["counted"]


def test_where_it_was_killed_another_is_forked(report: Any) -> None:
    assert [True, 0] == report["another"]


def test_it_knows_what_its_parent_has_found_of_files_since_it_was_begun(folder: Path) -> None:
    command = [sys.executable, "-c", TELLING, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)

    assert ("", ["True", "found", "17", "None"]) == (run.stderr, run.stdout.split())


def test_each_is_given_out_once(report: Any) -> None:
    assert report["none_is_left"]


@pytest.mark.parametrize("how", ["exits", "is killed", "dismiss"])
def test_one_without_a_job_ends_with_its_parent_or_when_it_is_dismissed(
    folder: Path, how: str
) -> None:
    """It hangs in an import, and whoever reads the parent's output does not wait for it."""
    command = [sys.executable, "-c", WITHOUT_A_JOB, str(folder), how]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        child_fd = os.pidfd_open(int(parent.stdout.readline()))
        if how == "is killed":
            parent.kill()
        else:
            parent.stdin.write("\n")
            parent.stdin.flush()
        if how == "dismiss":
            assert "dismissed\n" == parent.stdout.readline()
        assert [child_fd] == select.select([child_fd], [], [], PATIENCE_SECONDS)[0]
        os.close(child_fd)


@pytest.mark.parametrize(
    ("name", "answer"),
    [("sched_getaffinity", {0}), ("listdir", ["1", "2"])],
    ids=["one core", "two threads"],
)
def test_none_is_begun_where_it_could_not_run_beside_its_parent(
    monkeypatch: pytest.MonkeyPatch, name: str, answer: object
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(os, "listdir", lambda _: ["1"])
    monkeypatch.setattr(os, name, lambda _: answer)
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("it was forked"))
    begin_child(["wave"])

    assert begun_child.begun_child() is None


def test_none_is_begun_where_no_process_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(os, "listdir", lambda _: ["1"])
    monkeypatch.setattr(os, "fork", fork)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    begin_child(["wave"])

    assert begun_child.begun_child() is None
    assert before == signal.pthread_sigmask(signal.SIG_BLOCK, ())
