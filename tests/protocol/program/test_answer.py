"""Who asks for an answer has it, or learns from the exit code that it cannot be had."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.program import answer, interruption

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


@pytest.mark.parametrize(
    "words, is_given, is_printed",
    [
        (["run", "--json"], False, True),
        (["run"], False, False),
        (["run", "--", "--json"], False, False),
        (["run", "--json"], True, False),
    ],
)
def test_an_error_is_the_one_object_unless_there_is_an_answer(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    is_given: bool,
    is_printed: bool,
) -> None:
    monkeypatch.setattr("sys.argv", ["zreplay", *words])
    monkeypatch.setattr(interruption, "given", given := [])
    monkeypatch.setattr(answer, "given", given)
    if is_given:
        answer.give_answer("{}")
        capsys.readouterr()
    answer.give_error("Z301", "what", "fix")
    expected = '{"ok":false,"schema":1,"code":"Z301","error":"what","fix":"fix"}\n'

    assert (expected if is_printed else "") == capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        "run nosuch.csv",
        "inspect nosuch.csv",
        "run --nosuch",
        "ctl --timeout 0 ping",
        "config nosuch",
    ],
)
def test_with_json_a_command_that_fails_prints_exactly_one_object(words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "zreplay", *words.split(), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    told = json.loads(done.stdout)
    assert {"ok", "schema", "code", "error", "fix"} == set(told)
    assert (False, f"Z{done.returncode}") == (told["ok"], told["code"][:2])
    assert told["error"] in done.stderr


def test_an_answer_steers_no_terminal_and_its_json_means_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer.give_answer('{"file":"a\x9b31m\x7f.csv"}')
    shown = capsys.readouterr().out

    assert shown.replace("\n", "").isprintable()
    assert {"file": "a\x9b31m\x7f.csv"} == json.loads(shown)
