"""One process at a time in a folder; the lock is released with its holder."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from protocol.errors import ResultLogError
from protocol.program.folder_lock import FolderLock, is_free, wake_holder

FIX = "choose another folder"
ROOT = Path(__file__).resolve().parents[3]
HOLDER = """
import sys
from pathlib import Path
from protocol.program.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), "a.lock", "sink", 0, "")
print("held", flush=True)
sys.stdin.readline()
"""


def lock(folder: Path, wait_ns: int = 0) -> FolderLock:
    return FolderLock(folder, "a.lock", "sink", wait_ns, FIX)


def test_the_folder_is_made_and_the_lock_names_its_holder(tmp_path: Path) -> None:
    held = lock(tmp_path / "new" / "folder")
    assert f"{os.getpid()}\n" == (tmp_path / "new" / "folder" / "a.lock").read_text()
    held.release()


def test_a_second_holder_is_refused_and_told_who_is_the_first(tmp_path: Path) -> None:
    held = lock(tmp_path)
    with pytest.raises(ResultLogError, match=rf"another sink \(pid {os.getpid()}\)(.|\n)*{FIX}"):
        lock(tmp_path)
    held.release()


def test_a_released_lock_is_free(tmp_path: Path) -> None:
    lock(tmp_path).release()
    lock(tmp_path).release()


def test_it_waits_for_an_earlier_holder(tmp_path: Path) -> None:
    held = lock(tmp_path)
    timer = threading.Timer(0.05, held.release)
    timer.start()
    lock(tmp_path, wait_ns=10_000_000_000).release()
    timer.join()


def test_a_full_disk_does_not_keep_the_lock_from_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", fail)
    lock(tmp_path).release()


def test_a_folder_that_cannot_be_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultLogError, match="cannot use the folder"):
        lock(tmp_path / "file" / "below")


def test_the_holder_of_a_lock_is_woken_if_it_was_stopped(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None and process.stdin is not None
    assert "held\n" == process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    wake_holder(tmp_path, "a.lock")
    os.waitid(os.P_PID, process.pid, os.WCONTINUED)

    assert ("", None) == process.communicate("go on\n", timeout=10)
    assert 0 == process.returncode


@pytest.mark.parametrize("content", [None, "", "no number", "1\n"])
def test_a_lock_that_nobody_holds_wakes_nobody(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "a.lock").write_text(content)
    wake_holder(tmp_path, "a.lock")

    lock(tmp_path).release()


@pytest.mark.parametrize("content", ["", "no number", "0", "-1", "9" * 32, "9" * 5000])
def test_a_lock_that_names_no_process_wakes_nobody(
    tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[object] = []
    monkeypatch.setattr(os, "kill", lambda *call: woken.append(call))
    held = lock(tmp_path)
    (tmp_path / "a.lock").write_text(content)

    wake_holder(tmp_path, "a.lock")

    held.release()
    assert [] == woken


def test_a_lock_is_free_once_its_holder_has_let_go_and_not_before_there_is_one(
    tmp_path: Path,
) -> None:
    assert not is_free(tmp_path, "a.lock")
    held = lock(tmp_path)
    assert not is_free(tmp_path, "a.lock")
    held.release()

    assert is_free(tmp_path, "a.lock")
    lock(tmp_path).release()
