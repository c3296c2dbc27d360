"""A settings file that was found runs no code, opens nothing, and chooses no key and no source."""

from collections.abc import Iterator

import click
import pytest

from protocol.program.config_trust import BOUND, BY_NAME, CONNECTED, why_refused
from protocol.program.option_names import written
from tests.command_lines import PROGRAMS


def options(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    for option in command.params:
        if isinstance(option, click.Option):
            yield name, written(option)
    if isinstance(command, click.Group):
        for key, deeper in command.commands.items():
            yield from options(deeper, key)


OPTIONS = {found for group in PROGRAMS.values() for found in options(group, "")}


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("run", "processor", ["mine.py:f"]),
        ("worker", "processor", "mine.py:f"),
        ("backfill", "scheduler", "tcp://h:8786"),
        ("serve", "insecure", True),
        ("serve", "bind", "tcp://127.0.0.1:1"),
        ("serve", "control", "ipc:///c"),
        ("sink", "sync", "ipc:///s"),
        ("run", "publish", "tcp://*:1"),
        ("run", "metrics", "0.0.0.0:1"),
        ("feed", "host", "0.0.0.0"),
        ("ctl", "key", "k"),
        ("sink", "allowed", "a.toml"),
        ("run", "live", ["okx:BTC-USDT", "wss://x"]),
        ("record", "live-url", ["okx=wss://x"]),
        ("record", "live-format", "mine.toml"),
        ("inspect", "historical", ["s3://bucket/rows.csv"]),
        ("backfill", "out", "s3://bucket/out"),
    ],
)
def test_what_reaches_beyond_this_folder_is_refused(
    command: str, option: str, value: object
) -> None:
    assert (command, option) in OPTIONS
    assert "" != why_refused(command, option, value)


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("run", "speed", "max"),
        ("run", "live", ["okx:BTC-USDT"]),
        ("run", "workers", 4),
        ("ctl", "control", "tcp://127.0.0.1:5556"),
        ("worker", "source", "tcp://127.0.0.1:5555"),
        ("run", "out", "logs/run"),
        ("", "log-level", "debug"),
    ],
)
def test_what_stays_in_it_may_be_set(command: str, option: str, value: object) -> None:
    assert (command, option) in OPTIONS
    assert "" == why_refused(command, option, value)


def test_every_name_is_that_of_an_option() -> None:
    names = {option for _, option in OPTIONS}

    assert set() == BY_NAME.keys() - names
    assert set() == CONNECTED - names
    assert set() == BOUND - OPTIONS
