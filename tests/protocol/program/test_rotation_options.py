"""What a run is told of rotation its sink is told."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from protocol.errors import SettingsError
from protocol.program.rotation_options import (
    check_rotation,
    rotation_arguments,
    rotation_options,
)
from zmid.cli import cli
from zmid.settings import SinkSettings


@click.command()
@rotation_options
def told(**options: Any) -> None:
    click.echo(" ".join(rotation_arguments(options)))


@pytest.mark.parametrize(
    "words",
    [(), ("--rotate", "hourly"), ("--rotate", "5MB", "--keep-logs", "30d", "--compress", "zst")],
)
def test_the_sink_is_told_what_was_given_and_nothing_else(words: tuple[str, ...]) -> None:
    assert " ".join(words) == CliRunner().invoke(told, words).output.strip()


def test_the_sink_takes_each_of_these_options(tmp_path: Path) -> None:
    mine = {parameter.name for parameter in told.params}
    sink = {parameter.name for parameter in cli.commands["sink"].params}

    assert mine == mine & sink


@pytest.mark.parametrize(
    "words",
    [
        ("--rotate", "weekly"),
        ("--rotate", "1GB", "--keep-logs", "ever"),
    ],
)
def test_a_value_that_is_none_is_refused_as_it_is_read(words: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="--(rotate|keep-logs) was "):
        told.make_context("told", list(words))


@pytest.mark.parametrize("words", [("--keep-logs", "3"), ("--compress", "zst")])
def test_what_the_sink_would_refuse_is_refused_at_once(words: tuple[str, ...]) -> None:
    options = told.make_context("told", list(words)).params
    with pytest.raises(SettingsError):
        check_rotation(options)
    with pytest.raises(SettingsError):
        SinkSettings(**options)


def test_what_it_takes_is_taken() -> None:
    words = ["--rotate", "daily", "--keep-logs", "30d", "--compress", "zst"]
    check_rotation(told.make_context("told", words).params)
