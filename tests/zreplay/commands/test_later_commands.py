"""A command that comes later is known by its name, and imported when it is asked for."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from zreplay.commands.later_commands import LaterCommands
from zreplay.commands.verify import verify

HERE = click.Command("here")
PLACES = {"verify": ("zreplay.commands.verify", "verify")}


def test_all_are_there_in_their_order() -> None:
    commands = LaterCommands({"here": HERE}, PLACES)

    assert ["here", "verify"] == [*commands]
    assert [("here", HERE), ("verify", verify)] == [*commands.items()]
    assert (HERE, verify, None) == tuple(map(commands.get, ("here", "verify", "other")))
    with pytest.raises(KeyError):
        commands["other"]


def test_one_may_be_added_and_removed() -> None:
    commands = LaterCommands({}, PLACES)

    commands["here"] = HERE
    del commands["verify"]

    assert {"here": HERE} == {**commands}
    assert 1 == len(commands)


def test_who_asks_for_one_imports_no_other(checkout: Path) -> None:
    program = """
import sys
from zreplay.commands.cli import cli
cli.commands["run"], cli.commands["verify"], len(cli.commands), [*cli.commands]
imported = {name.removeprefix("zreplay.commands.") for name in sys.modules}
print(sorted(imported & {"backfill", "convert", "ctl_cli", "doctor", "record", "verify"}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, capture_output=True, text=True, check=True
    )

    assert "['verify']" == done.stdout.strip()
