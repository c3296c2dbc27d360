"""The end of a program is reported in the requested format, also for a usage error."""

import json
import logging
from collections.abc import Iterator

import click
import pytest

from protocol.program.diagnostics import set_up
from protocol.program.error_text import say, say_usage

FIELDS = {"code": "Z301", "fix": "do so"}


@pytest.fixture(autouse=True)
def before_set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin without handlers, and put the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    monkeypatch.setattr("sys.argv", ["program"])
    yield
    root.handlers, root.level = handlers, level


def test_for_a_reader_it_is_the_error_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    say("program", "error", "no way", FIELDS)
    say("program", "warning", "so so", {})

    assert "error Z301: no way\nfix: do so\nwarning: so so\n" == capsys.readouterr().err


def test_no_name_in_it_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"code": "Z401", "fix": "mv a\x9b31m.csv", "traceback": "in a\x1b[2J.py\n"}
    say("program", "error", "a\x07\r.csv: not there", fields)
    shown = "in a\\u001b[2J.py\nerror Z401: a\\u0007\\r.csv: not there\nfix: mv a\\u009b31m.csv\n"

    assert shown == capsys.readouterr().err


@pytest.mark.parametrize(
    ("in_use", "arguments", "variable"),
    [
        ("json", [], ""),
        ("json", ["--log-format", "text"], "text"),
        ("", ["--log-format", "json", "run"], ""),
        ("", ["-c", "x", "--log-format=json", "run"], ""),
        ("", [], "json"),
    ],
)
def test_where_json_is_asked_for_it_is_one_object_a_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    in_use: str,
    arguments: list[str],
    variable: str,
) -> None:
    monkeypatch.setattr("sys.argv", ["program", *arguments])
    monkeypatch.setenv("PROGRAM_LOG_FORMAT", variable)
    if in_use:
        set_up(in_use)
    say("program", "error", "no\nway", {**FIELDS, "traceback": "a\nb"})
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)

    assert found.pop("time").endswith("Z")
    expected = {"level": "error", "name": "program", "event": "no\nway", **FIELDS}
    assert {**expected, "traceback": "a\nb"} == found


def test_what_is_in_use_counts_more_than_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROGRAM_LOG_FORMAT", "json")
    set_up("text")
    say("program", "error", "no way", FIELDS)

    assert capsys.readouterr().err.startswith("error Z301: ")


def test_what_was_not_understood_says_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    context = click.Context(click.Command("act"), info_name="program")
    say_usage("program", click.UsageError("not so", context))

    assert "error Z201: not so\nfix: program --help\n" == capsys.readouterr().err


def test_what_was_not_understood_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = click.MissingParameter("Choose from:\n\tbash,\n\tzsh", param_type="argument")

    say_usage("program", error)

    assert ["error Z201: Missing argument. Choose from: bash, zsh"] == (
        capsys.readouterr().err.splitlines()
    )
