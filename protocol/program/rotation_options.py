"""The options of rotation: those of the sink, and of a run, which hands them to its sink."""

from collections.abc import Callable
from typing import Any, Final

import click

from protocol.program.checked_option import checked_by

NAMES: Final = ("rotate", "keep_logs", "compress")


def _rotation(text: str) -> None:
    from protocol.rotation import rotation_of  # most runs do not rotate

    rotation_of(text)


def _retention(text: str) -> None:
    from protocol.retention import retention_of

    retention_of(text)


def rotation_options[Command: Callable[..., Any]](command: Command) -> Command:
    """Add what a user says of logs that last for long."""
    options = [
        click.option(
            "--rotate",
            default="",
            metavar="hourly|daily|SIZE",
            callback=checked_by(_rotation),
            help="Close the logs and begin them anew; SIZE as 500MB.",
        ),
        click.option(
            "--keep-logs",
            default="",
            metavar="30d|N",
            callback=checked_by(_retention),
            help="Remove older closed logs, or all but N.",
        ),
        click.option(
            "--compress", type=click.Choice(("zst",)), help="Compress logs that were closed."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def rotation_arguments(options: dict[str, Any]) -> list[str]:
    """Return what the sink of a run is told of rotation."""
    given = [(f"--{name.replace('_', '-')}", options[name]) for name in NAMES]
    return [part for name, value in given if value for part in (name, value)]


def check_rotation(options: dict[str, Any]) -> None:
    """Refuse at once what the sink of a run would refuse.

    Raises:
        SettingsError: a value is wrong, or there is nothing to keep.
    """
    from protocol.retention import retention_of  # most runs do not rotate
    from protocol.rotation import check_is_of_rotation, rotation_of

    rotation, retention = rotation_of(options["rotate"]), retention_of(options["keep_logs"])
    check_is_of_rotation(rotation, retention.is_on or bool(options["compress"]))
