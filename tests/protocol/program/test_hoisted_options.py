"""The options of a program stand before the verb or behind it, and nothing else moves."""

import shlex

import pytest

from protocol.program.hoisted_options import hoisted
from tests.command_lines import PROGRAMS


@pytest.mark.parametrize(
    "typed, parsed",
    [
        ("run a.csv --log-level debug", "--log-level debug run a.csv"),
        ("run --log-format=json a.csv -q", "--log-format=json -q run a.csv"),
        ("-v run a.csv -c x.toml", "-c x.toml -v run a.csv"),
        ("ctl --out o status --version", "--version ctl --out o status"),
        ("run --column -q a.csv", "run --column -q a.csv"),
        ("run --column=-q -- -v --version", "run --column=-q -- -v --version"),
        ("run a.csv --json --tickers -v -q", "-q run a.csv --json --tickers -v"),
        ("ctl seek -5s", "ctl seek -5s"),
        ("run --config", "--config run"),
        ("nosuch -q --json", "-q nosuch --json"),
        ("", ""),
    ],
)
def test_what_is_of_the_program_comes_first(typed: str, parsed: str) -> None:
    assert shlex.split(parsed) == hoisted(shlex.split(typed), PROGRAMS["zreplay"])


def test_no_command_has_an_option_of_the_programs_name() -> None:
    """Else it would mean one thing before the verb and another behind it."""
    for program in PROGRAMS.values():
        ours = {name for option in program.params for name in option.opts}
        for command in program.commands.values():
            assert set() == ours & {name for option in command.params for name in option.opts}
