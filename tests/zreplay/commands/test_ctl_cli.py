"""Every verb of the control socket is a command, and reaches the replayer that was named."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from protocol import endpoints
from protocol.errors import ResultLogError, SettingsError
from zreplay.commands.cli import cli
from zreplay.commands.ctl_cli import ctl
from zreplay.controls.verb_table import VERBS
from zreplay.supervision.run_folder import RunFile, write_run_file

ids: list[str] = []
"""Of each that was asked."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was asked, in place of asking: (address, timeout_ms, verb, value, as_json)."""
    seen: list[tuple[Any, ...]] = []
    ids.clear()

    def ask(*question: Any, key: str, request_id: str) -> int:
        *asked, folder = question
        seen.append((*asked, folder) if folder else (*asked,))
        ids.append(request_id)
        return 0

    monkeypatch.setattr("zreplay.commands.ctl.ask_replayer", ask)
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)
    return seen


def run(*arguments: str, **environment: str) -> None:
    result = CliRunner().invoke(cli, ["ctl", *arguments], env=environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert 0 == result.exit_code, result.output


def test_every_verb_that_a_replayer_knows_is_a_command_and_no_other() -> None:
    assert set(VERBS) == set(ctl.commands)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_asked_at_the_default_address_with_its_value(
    asked: list[tuple[Any, ...]], verb: str
) -> None:
    value = ["live"] if VERBS[verb].value else []
    run(verb, *value)

    assert [(endpoints.CONTROL_ENDPOINT, 2000, verb, "".join(value), False)] == asked


def test_what_would_be_done_twice_has_an_id_or_the_one_that_is_given(
    asked: list[tuple[Any, ...]],
) -> None:
    for arguments in (["step"], ["step"], ["seek", "+5s"], ["step", "--id", "mine"], ["pause"]):
        run(*arguments)

    assert ["mine", ""] == ids[3:]
    assert 4 == len({*ids[:4]} - {""})


@pytest.mark.parametrize("arguments", [["mode"], ["pause", "now"], ["explode"]])
def test_a_verb_without_its_value_or_with_one_too_many_is_wrong_usage(
    asked: list[tuple[Any, ...]], arguments: list[str]
) -> None:
    assert 2 == CliRunner().invoke(cli, ["ctl", *arguments]).exit_code
    assert [] == asked


def test_the_address_and_the_patience_may_be_given(asked: list[tuple[Any, ...]]) -> None:
    run("--control", "ipc:///x", "--timeout", "0.25", "status", "--json")
    run("--timeout", "0", "ping")
    run("ping", ZREPLAY_CTL_CONTROL="tcp://127.0.0.1:9")

    assert ("ipc:///x", 250, "status", "", True) == asked[0]
    assert 1 == asked[1][1]
    assert "tcp://127.0.0.1:9" == asked[2][0]


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf"])
def test_a_patience_that_cannot_be_is_refused(asked: list[tuple[Any, ...]], seconds: str) -> None:
    result = CliRunner().invoke(cli, ["ctl", "--timeout", seconds, "ping"])

    assert isinstance(result.exception, SettingsError)
    assert [] == asked


def test_a_run_is_found_by_its_folder(asked: list[tuple[Any, ...]], tmp_path: Path) -> None:
    write_run_file(tmp_path, RunFile("", 1, "", "", "", f"ipc://{tmp_path}/control"))
    run("--out", str(tmp_path), "ping")
    run("--control", "ipc:///other", "--out", str(tmp_path), "ping")

    assert [f"ipc://{tmp_path}/control", "ipc:///other"] == [question[0] for question in asked]


def test_who_is_asked_may_be_said_behind_the_verb_and_counts_there(
    asked: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    write_run_file(tmp_path, RunFile("", 1, "", "", "", f"ipc://{tmp_path}/control"))
    run("status", "--out", str(tmp_path), "--json")
    run("seek", "-5s", "--control", "ipc:///x", "--timeout", "0.25")
    run("--control", "ipc:///y", "--timeout", "9", "ping", "--control", "ipc:///x")

    assert [
        (f"ipc://{tmp_path}/control", 2000, "status", "", True),
        ("ipc:///x", 250, "seek", "-5s", False),
        ("ipc:///x", 9000, "ping", "", False),
    ] == asked


@pytest.mark.parametrize("words", [("--json", "status"), ("status", "--json")])
def test_json_may_be_asked_for_on_both_sides_of_the_verb(
    asked: list[tuple[Any, ...]], words: tuple[str, ...]
) -> None:
    run(*words)
    run("status")

    assert [True, False] == [as_json for *_, as_json in asked]


def test_a_folder_without_a_run_is_said(asked: list[tuple[Any, ...]], tmp_path: Path) -> None:
    with pytest.raises(ResultLogError, match="holds no run"):
        run("--out", str(tmp_path), "ping")


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_has_an_example(verb: str) -> None:
    assert f"zreplay ctl {verb}" in CliRunner().invoke(cli, ["ctl", verb, "--help"]).output


def test_a_place_may_begin_with_a_minus_and_a_step_is_one_unless_it_is_said(
    asked: list[tuple[Any, ...]],
) -> None:
    run("seek", "-5s", "--json")
    run("step")

    assert [("seek", "-5s", True), ("step", "1", False)] == [question[2:] for question in asked]


@pytest.mark.parametrize("place", ["-1h", "-1h30m", "-5m", "-.5s"])
@pytest.mark.parametrize("around", [(), ("--json",), ("--id", "-7")])
def test_a_time_before_now_is_a_place_whatever_letters_it_has(
    asked: list[tuple[Any, ...]], place: str, around: tuple[str, ...]
) -> None:
    run("seek", place, *around)
    run("seek", *around, place)

    is_json = "--json" in around
    assert [(endpoints.CONTROL_ENDPOINT, 2000, "seek", place, is_json)] * 2 == asked
    assert "--id" not in around or ["-7", "-7"] == ids


def test_tickers_are_counted_in_the_folder_that_is_named(
    asked: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    run("--control", "ipc:///tmp/a", "--out", str(tmp_path), "status", "--tickers")
    with pytest.raises(SettingsError, match="no folder is named"):
        run("status", "--tickers")

    assert [tmp_path] == [question[-1] for question in asked]


def test_a_key_may_be_given_before_the_verb_behind_it_or_by_a_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    monkeypatch.setattr("protocol.program.diagnostics.set_up", lambda *_: None)
    monkeypatch.setattr(
        "zreplay.commands.ctl.ask_replayer", lambda *_, key, **__: seen.append(key) or 0
    )
    run("--key", "a.key", "ping")
    run("ping", "--key", "b.key")
    run("ping", ZREPLAY_CTL_KEY="env:A_KEY")

    assert ["a.key", "b.key", "env:A_KEY"] == seen
