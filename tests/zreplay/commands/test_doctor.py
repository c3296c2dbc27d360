"""`zreplay doctor` prints each check on a line, and exits with the code of the first that fails."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zreplay.commands import doctor_checks
from zreplay.commands.cli import cli
from zreplay.commands.doctor_checks import Check

FINE = Check("files", "ok", "many")
WARNED = Check("C parts", "warning", "none", "build them")
FAILED = Check("sync", "fails", "nobody", "start it", 3, "Z303")
WORSE = Check("disk", "fails", "full", "make room", 6, "Z600")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)
    monkeypatch.setattr(doctor_checks, "checks_of", lambda *given: seen.append(given) or [FINE])
    return seen


def test_each_address_that_is_given_is_tried_and_control_always(
    asked: list[tuple[Any, ...]],
) -> None:
    words = ["--sync", "tcp://s:1", "--key", "a.key", "--allowed", "b.toml", "--out", "there"]
    result = CliRunner().invoke(cli, ["doctor", *words])

    addresses = {"sync": "tcp://s:1", "control": "tcp://127.0.0.1:5556"}
    assert (0, [(addresses, "a.key", "b.toml", Path("there"), 4_000)]) == (result.exit_code, asked)


@pytest.mark.parametrize(
    ("checks", "code"),
    [([FINE, WARNED], 0), ([FINE, FAILED, WORSE], 3), ([WORSE, WARNED, FAILED], 6)],
)
def test_the_exit_code_is_that_of_the_first_that_fails(
    checks: list[Check], code: int, monkeypatch: pytest.MonkeyPatch, asked: list[object]
) -> None:
    monkeypatch.setattr(doctor_checks, "checks_of", lambda *_: checks)
    result = CliRunner().invoke(cli, ["doctor"])
    said = json.loads(CliRunner().invoke(cli, ["doctor", "--json"]).output)

    assert (code, [check.line() for check in checks]) == (
        result.exit_code,
        result.output.splitlines(),
    )
    assert (not code, [check._asdict() for check in checks]) == (said["ok"], said["checks"])


def test_json_has_the_first_failure_as_its_error(
    monkeypatch: pytest.MonkeyPatch, asked: list[object]
) -> None:
    monkeypatch.setattr(doctor_checks, "checks_of", lambda *_: [WARNED, FAILED, WORSE])
    said = json.loads(CliRunner().invoke(cli, ["doctor", "--json"]).output)

    assert (False, "Z303", "sync: nobody", "start it") == tuple(
        said[name] for name in ("ok", "code", "error", "fix")
    )


@pytest.mark.parametrize(("given", "code"), [([], 0), (["--control", "tcp://h:1"], 3)])
def test_that_nobody_answers_where_nobody_was_named_is_no_failure(
    given: list[str], code: int, monkeypatch: pytest.MonkeyPatch, asked: list[object]
) -> None:
    away = Check("control", "fails", "nobody answers", "start one", 3, "Z303")
    monkeypatch.setattr(doctor_checks, "checks_of", lambda *_: [away])
    result = CliRunner().invoke(cli, ["doctor", *given])

    assert (code, "fails" if code else "warning") == (result.exit_code, result.output.split()[0])
