"""A program asked to stop while it still imports ends at once and silently."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED
from protocol.program.early_stop import INTERRUPTED

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 20
READY = b"."
# Imported by the interpreter itself before it looks for a program. A module is imported only
# once somebody has written to standard input, or sent a signal.
AT_IMPORT = """
import os, sys
def hold(event, arguments):
    if event == "import" and arguments[0] == os.environ["HOLD_AT"]:
        os.write(1, b".")
        os.read(0, 1)
sys.addaudithook(hold)
"""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
SCRIPTS = Path(sysconfig.get_path("scripts"))


def held(folder: Path, module: str, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command; return once it is about to import a module, and waits there."""
    (folder / "sitecustomize.py").write_text(AT_IMPORT)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{folder}:{ROOT}", "HOLD_AT": module},
        cwd=folder,
    )
    assert process.stdout is not None
    assert READY == process.stdout.read(1)
    return process


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes, bytes]:
    said, errors = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, said, errors


def test_the_exit_code_is_that_of_every_interrupted_program() -> None:
    assert EXIT_INTERRUPTED == INTERRUPTED


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("module", "command", "code"),
    [
        ("click", "zreplay --help", EXIT_INTERRUPTED),  # the first that is not ours
        ("zreplay.settings", "zreplay run x.csv", EXIT_INTERRUPTED),
        ("zreplay.supervision.run", "zreplay run x.csv", EXIT_INTERRUPTED),
        ("zmq", "zreplay serve x.csv", EXIT_INTERRUPTED),
        ("zreplay.inspection.inspector", "zreplay inspect x.csv", EXIT_INTERRUPTED),
        ("click", "zmid config show", EXIT_INTERRUPTED),
        ("click", "zmid worker", EXIT_DONE),
        ("zmq", "zmid worker", EXIT_DONE),
        ("zmq", "zmid --log-level debug sink", EXIT_DONE),
    ],
)
def test_a_signal_during_the_imports_is_an_end_without_a_word(
    tmp_path: Path, module: str, command: str, code: int, number: signal.Signals
) -> None:
    process = held(tmp_path, module, [sys.executable, "-m", *command.split()])
    process.send_signal(number)

    assert (code, b"", b"") == ended(process)


def test_with_json_it_is_an_end_with_exactly_one_object(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "zreplay", "inspect", "x.csv", "--json"]
    process = held(tmp_path, "zreplay.inspection.inspector", command)
    process.send_signal(signal.SIGINT)
    code, said, errors = ended(process)

    assert (EXIT_INTERRUPTED, b"") == (code, errors)
    assert ["Z900"] == [json.loads(line)["code"] for line in said.splitlines()]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("program", ["zreplay", "zmid"])
def test_the_installed_commands_hear_it_as_early(
    tmp_path: Path, program: str, number: signal.Signals
) -> None:
    process = held(tmp_path, "click", [str(SCRIPTS / program), "config", "show"])
    process.send_signal(number)

    assert (EXIT_INTERRUPTED, b"", b"") == ended(process)


def test_who_was_told_not_to_hear_a_ctrl_c_does_not(tmp_path: Path) -> None:
    ignoring = (
        "import os, signal, sys; signal.signal(2, signal.SIG_IGN); os.execv(*eval(sys.argv[1]))"
    )
    command = [sys.executable, "-m", "zmid", "--help"]
    words = repr((sys.executable, command))
    process = held(tmp_path, "click", [sys.executable, "-c", ignoring, words])
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(b".", timeout=PATIENCE_SECONDS)

    assert (EXIT_DONE, b"") == (process.returncode, errors)
    assert said.startswith(b"Usage: ")


@pytest.mark.parametrize("program", ["zreplay", "zmid"])
def test_next_to_nothing_is_imported_before_a_program_listens(program: str) -> None:
    code = f"import sys, {program}.__main__; print(*sys.modules)"
    # -S: what `site` imports is there before any program is looked for.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    modules = {*done.stdout.split()}
    ours = {name for name in modules if name.startswith(("protocol", "zreplay", "zmid"))}

    first = {"protocol", "protocol.program"}
    first |= {
        f"protocol.program.{name}"
        for name in ("collection", "early_stop", "interruption", "standard_streams")
    }
    assert {program, f"{program}.__main__", *first} == ours
    assert {"re", "typing", "pathlib", "click"}.isdisjoint(modules)
