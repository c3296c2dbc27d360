"""The help shows every command once, under its heading, with its whole summary."""

from collections import Counter

from click.testing import CliRunner

from zreplay.commands.cli import cli
from zreplay.commands.help_sections import SECTIONS

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
