"""Who asks for an answer and cannot have it, as the disk is full, learns it from the exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
QUESTIONS = [
    "zreplay config show",
    "zmid config show --json",
    "zreplay reference errors",
    f"zreplay inspect {SAMPLE}",
    f"zreplay inspect --json {SAMPLE}",
    f"zreplay inspect --index {SAMPLE}",
]


def asked(question: str, where: str, cache: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$@" {where}', "sh"]
        + [sys.executable, "-m", *question.split()],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)},
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_that_cannot_be_written_is_an_error(question: str, tmp_path: Path) -> None:
    done = asked(question, ">/dev/full", tmp_path)

    assert (3, "") == (done.returncode, done.stdout)
    assert (
        "error Z306: standard output cannot be written: No space left on device\n"
        "fix: make room, or write it elsewhere\n"
    ) == done.stderr


@pytest.mark.parametrize("where", [">&-", "| true", ">/dev/null", "2>&-"])
@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_an_answer_that_nobody_wants_is_none(question: str, where: str, tmp_path: Path) -> None:
    done = asked(question, where, tmp_path)

    assert (0, "") == (done.returncode, done.stderr)
