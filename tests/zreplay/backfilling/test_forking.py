"""The process that forks workers: it takes nothing from where a command is called."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zreplay.backfilling.forking import SAFE_PATH, begin_worker

PROGRAM = """
import os, signal, sys
from zreplay.backfilling.forking import begin_forking, fork_context
from tests.zreplay.backfilling.test_forking import tell

if __name__ == "__main__":
    begin_forking(is_table=False)
    before = os.environ.get("PYTHONSAFEPATH"), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    worker = fork_context().Process(target=tell)
    worker.start()
    worker.join()
    print(worker.exitcode, *before)
"""


def tell() -> None:
    """Say whether what workers import was there before, and is no other than ours."""
    import msgspec

    names = ("zreplay.backfilling.partition", "zreplay.recordings.gzip_bytes")
    print(hasattr(msgspec, "Struct"), *(name in sys.modules for name in names), flush=True)


@pytest.mark.slow
def test_a_worker_has_what_it_needs_and_nothing_from_the_folder_of_the_command(
    tmp_path: Path,
) -> None:
    for name in ("msgspec", "selectors"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('it was imported')\n")
    (program := tmp_path / "elsewhere" / "program.py").parent.mkdir()
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
    )

    assert ("True True True\n0 None set()\n", "") == (done.stdout, done.stderr)


def test_a_worker_leaves_ctrl_c_alone_and_the_path_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handled = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv(SAFE_PATH, "1")
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        begin_worker("1")
        assert "1" == os.environ[SAFE_PATH]
        begin_worker(None)
        assert SAFE_PATH not in os.environ
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        assert signal.SIG_IGN is signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, handled)
