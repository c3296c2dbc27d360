"""`config show` shows each value in effect, and where it came from."""

import json
import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from protocol.errors import ResultLogError, SettingsError
from protocol.program.command_line import context_settings, own_options
from protocol.program.config_command import config_command


@pytest.fixture
def program() -> click.Group:
    @click.group("program", context_settings=context_settings("PROGRAM"))
    @own_options
    def group(log_format: str, log_level: str) -> None:
        """Do what is asked."""

    @group.command()
    @click.argument("file")
    @click.option("--number", default=1)
    @click.option("--name", envvar=["PROGRAM_ACT_NAME", "PROGRAM_NAME"])
    @click.option("--live", multiple=True)
    @click.option("--parent-fd", type=int, hidden=True)
    def act(**options: Any) -> None:
        pytest.fail("config show runs no command")

    group.add_command(config_command(group))
    return group


def shown(program: click.Group, *arguments: str, **environment: str) -> dict[str, list[Any]]:
    """Return the value and where it came from by `command.option`."""
    result = CliRunner().invoke(program, [*arguments, "--json"], env=environment)
    assert 0 == result.exit_code, result.output
    return {
        f"{one['command']}.{one['option']}".lstrip("."): [one["value"], one["where"]]
        for one in json.loads(result.stdout)["settings"]
    }


def test_a_default_says_that_it_is_one(program: click.Group) -> None:
    assert {
        "log-format": ["auto", "default"],
        "log-level": ["info", "default"],
        "act.number": [1, "default"],
        "act.name": [None, "default"],
        "act.live": [[], "default"],
    } == {
        name: [value or ([] if name == "act.live" else value), where]
        for name, (value, where) in shown(program, "config", "show").items()
    }


def test_a_variable_is_named_the_one_that_counts(program: click.Group) -> None:
    found = shown(program, "config", "show", PROGRAM_ACT_NUMBER="3", PROGRAM_NAME="x")

    assert (["3", "PROGRAM_ACT_NUMBER"], ["x", "PROGRAM_NAME"]) == (
        found["act.number"],
        found["act.name"],
    )


def test_the_environment_is_over_the_file_whose_line_is_named(
    program: click.Group, tmp_path: Path
) -> None:
    path = tmp_path / "program.toml"
    path.write_text('log-format = "json"\n[act]\nnumber = 2\nname = "y"\n')
    found = shown(program, "-c", str(path), "config", "show", PROGRAM_ACT_NUMBER="3")

    assert ["json", f"{path}:1"] == found["log-format"]
    assert ["y", f"{path}:4"] == found["act.name"]
    assert ["3", "PROGRAM_ACT_NUMBER"] == found["act.number"]


def test_a_list_is_shown_as_one_would_write_it(program: click.Group, tmp_path: Path) -> None:
    path = tmp_path / "program.toml"
    path.write_text('[act]\nlive = ["ws://a", "ws://b"]\n')
    result = CliRunner().invoke(program, ["-c", str(path), "config", "show"])

    assert '["ws://a","ws://b"]' in result.output


def test_one_command_alone(program: click.Group) -> None:
    found = shown(program, "config", "show", "act")

    assert {"act.number", "act.name", "act.live"} == set(found)


def test_a_command_that_is_none_is_a_usage_error(program: click.Group) -> None:
    result = CliRunner().invoke(program, ["config", "show", "atc"])

    assert 2 == result.exit_code
    assert "'atc'" in result.output


def test_what_the_command_would_refuse_is_refused_here(program: click.Group) -> None:
    variable = {"PROGRAM_ACT_NUMBER": "many"}
    result = CliRunner().invoke(program, ["config", "show"], env=variable)

    assert 2 == result.exit_code
    assert "'--number': 'many' is not a valid integer" in result.output


def test_the_table_has_a_line_for_each(program: click.Group) -> None:
    result = CliRunner().invoke(program, ["config", "show", "act"], env={"PROGRAM_NAME": "x"})

    assert [
        ["act.number", "1", "default"],
        ["act.name", "x", "PROGRAM_NAME"],
        ["act.live", "-", "default"],
    ] == [line.split() for line in result.stdout.splitlines()]


def test_an_option_that_must_be_given_has_no_value_yet(program: click.Group) -> None:
    to = click.Option(["--to"], required=True)
    program.add_command(click.Command("convert", params=[to], callback=lambda to: None))

    assert [None, "default"] == shown(program, "config", "show")["convert.to"]


def test_a_file_is_made_and_then_left_as_it_is(
    program: click.Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "program.toml"
    made = CliRunner().invoke(program, ["config", "init", "--json"])
    assert (0, {"schema": 1, "file": "program.toml"}) == (made.exit_code, json.loads(made.stdout))
    path.write_text(path.read_text() + "# mine")
    text = path.read_text()
    again = CliRunner().invoke(program, ["-c", os.devnull, "config", "init"])

    assert isinstance(again.exception, SettingsError)
    assert ("Z219", text) == (again.exception.code, path.read_text())


def test_a_file_that_cannot_be_made_is_one_clear_message(
    program: click.Group, tmp_path: Path
) -> None:
    refused = CliRunner().invoke(program, ["config", "init", str(tmp_path / "none" / "a.toml")])

    assert isinstance(refused.exception, ResultLogError)
    assert "Z602" == refused.exception.code
