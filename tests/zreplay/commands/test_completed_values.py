"""A shell is offered every name that an option takes, and only what begins as was typed."""

from collections.abc import Callable
from typing import Any

import click
import pytest
from click.shell_completion import CompletionItem

from zreplay.commands.cli import cli
from zreplay.commands.completed_values import SPEEDS, feeds, formats, speeds, venues
from zreplay.live.known_venues import names_of_venues
from zreplay.recordings.formats.known_formats import known_formats
from zreplay.settings import parse_rate


def offered(complete: Callable[..., Any], typed: str) -> list[str]:
    found: list[str] = complete(click.Context(click.Command("any")), click.Option(["--any"]), typed)
    return found


def test_every_format_is_offered_by_its_name() -> None:
    assert [each.name for each in known_formats()] == offered(formats, "")
    assert ["tardis", "tardis-book-snapshot"] == offered(formats, "tard")


def test_where_no_format_begins_so_files_are_offered() -> None:
    [item] = formats(click.Context(click.Command("any")), click.Option(["--any"]), "my")

    assert isinstance(item, CompletionItem)
    assert ("my", "file") == (item.value, item.type)


def test_each_speed_that_is_offered_is_one() -> None:
    assert [*SPEEDS] == offered(speeds, "")
    assert ["max"] == offered(speeds, "m")
    assert None in [parse_rate(each) for each in SPEEDS]


def test_every_venue_is_offered_with_the_colon_before_its_symbols() -> None:
    names = names_of_venues()

    assert [*(f"{name}:" for name in names), "ws://", "wss://"] == offered(feeds, "")
    assert ["okx:"] == offered(feeds, "ok")
    assert names == offered(venues, "")


@pytest.mark.parametrize(
    ("option", "complete"),
    [("--format", formats), ("--speed", speeds), ("--live", feeds), ("--venue", venues)],
)
@pytest.mark.parametrize("command", ["run", "serve"])
def test_the_options_of_these_names_offer_them(
    command: str, option: str, complete: Callable[..., Any]
) -> None:
    [found] = [each for each in cli.commands[command].params if option in each.opts]
    context = click.Context(cli.commands[command])

    assert offered(complete, "") == [each.value for each in found.shell_complete(context, "")]
