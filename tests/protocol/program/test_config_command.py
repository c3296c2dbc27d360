"""`config show` shows each value in effect, and where it came from."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

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


def test_the_environment_is_over_the_file_and_the_file_is_named(
    program: click.Group, tmp_path: Path
) -> None:
    path = tmp_path / "program.toml"
    path.write_text('log-format = "json"\n[act]\nnumber = 2\nname = "y"\n')
    found = shown(program, "-c", str(path), "config", "show", PROGRAM_ACT_NUMBER="3")

    assert ["json", str(path)] == found["log-format"]
    assert ["y", f"{path} [act]"] == found["act.name"]
    assert ["3", "PROGRAM_ACT_NUMBER"] == found["act.number"]


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
