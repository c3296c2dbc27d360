"""The help shows every command once, under its heading, with its whole summary."""

import re
from collections import Counter

import click
import pytest
from click.testing import CliRunner

from zreplay.commands.cli import cli
from zreplay.commands.help_sections import OPTION_SECTIONS, REST, SECTIONS

MOST_COMMANDS = 18


def help_lines() -> list[str]:
    return CliRunner().invoke(cli, ["--help"], terminal_width=80).output.splitlines()


def test_every_command_stands_in_exactly_one_section() -> None:
    placed = Counter(name for names in SECTIONS.values() for name in names)

    assert dict.fromkeys(cli.commands, 1) == placed


def test_there_are_not_more_commands_than_one_can_keep_in_mind() -> None:
    assert len(cli.commands) <= MOST_COMMANDS


def test_the_help_lists_each_section_with_its_commands() -> None:
    lines = help_lines()
    shown = {
        section: tuple(
            line.split()[0]
            for line in lines[lines.index(f"{section}:") + 1 :][: len(SECTIONS[section])]
        )
        for section in SECTIONS
    }

    assert SECTIONS == shown


def test_no_summary_of_a_command_is_cut_off() -> None:
    assert [] == [line for line in help_lines()[1:] if line.endswith("...")]


def test_completion_offers_the_commands_in_the_order_of_the_help() -> None:
    with cli.make_context("zreplay", ["demo"]) as context:
        listed = cli.list_commands(context)

    assert [name for names in SECTIONS.values() for name in names] == listed


@pytest.mark.parametrize("command", ["run", "serve"])
def test_every_option_of_a_replay_is_in_its_help_once(command: str) -> None:
    text = CliRunner().invoke(cli, [command, "--help"], terminal_width=80).output
    shown = Counter(re.findall(r"^  (?:-\w, )?--([a-z-]+)", text, re.MULTILINE))
    names = [
        parameter.opts[-1].lstrip("-")
        for parameter in cli.commands[command].params
        if isinstance(parameter, click.Option) and not parameter.hidden
    ]

    assert Counter([*names, "help"]) == shown


def test_no_section_names_an_option_that_is_not_there() -> None:
    named = [name for names in OPTION_SECTIONS.values() for name in names]
    there = {
        parameter.opts[-1].lstrip("-").replace("-", "_") for parameter in cli.commands["run"].params
    }

    assert [] == [name for name, count in Counter(named).items() if count > 1 or name not in there]
    headings = [f"{section}:" for section in (*OPTION_SECTIONS, REST)]
    lines = CliRunner().invoke(cli, ["run", "--help"], terminal_width=80).output.splitlines()
    assert headings == [line for line in lines if line in headings]
