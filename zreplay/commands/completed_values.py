"""What a shell offers for the values of options whose names are looked up: formats, speeds, venues.

Only a shell that completes asks for it; what a value may be is checked where it is read.
"""

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SPEEDS: Final = ("1", "max", "0.1", "0.5", "2", "5", "10", "60", "100", "1000")
"""Some of the rates that a replay is run at."""


def formats(
    context: click.Context, option: click.Parameter, incomplete: str
) -> "list[str] | list[CompletionItem]":
    """Offer the formats that come with zreplay; where none begins so, files."""
    from zreplay.recordings.formats.known_formats import known_formats

    names = _beginning(incomplete, *(each.name for each in known_formats()))
    if names:
        return names
    from click.shell_completion import CompletionItem  # nothing else needs it

    return [CompletionItem(incomplete, type="file")]


def speeds(context: click.Context, option: click.Parameter, incomplete: str) -> list[str]:
    """Offer SPEEDS."""
    return _beginning(incomplete, *SPEEDS)


def feeds(context: click.Context, option: click.Parameter, incomplete: str) -> list[str]:
    """Offer the venues, behind whose colon the symbols follow, and the schemes of an address."""
    return _beginning(incomplete, *(f"{name}:" for name in _venues()), "ws://", "wss://")


def venues(context: click.Context, option: click.Parameter, incomplete: str) -> list[str]:
    """Offer the names of the venues."""
    return _beginning(incomplete, *_venues())


def _venues() -> list[str]:
    from zreplay.live.known_venues import names_of_venues

    return names_of_venues()


def _beginning(incomplete: str, *words: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
