"""The options of what is computed: those of workers and sink, and of a run, which hands them on."""

from collections.abc import Callable
from typing import Any, Final

import click

from protocol.program.address_option import address_option
from protocol.program.checked_option import checked_by
from protocol.program.processor_bounds import check_limit, check_percentage
from protocol.program.seconds_option import Seconds

publish_option: Final = address_option(
    "--publish", "", "Where subscribers get the committed mids; needs --table."
)


def processor_options[Command: Callable[..., Any]](command: Command) -> Command:
    """Add what a user says of code of his own."""
    options = [
        click.option(
            "--processor",
            multiple=True,
            metavar="FILE.py:NAME",
            help="Code of your own to run too, or MODULE:NAME. Repeatable.",
        ),
        click.option(
            "--table", is_flag=True, help="Write the mids with their quotes as mids.arrows too."
        ),
        click.option("--no-mid", is_flag=True, help="Compute no mid price, only the processors."),
        click.option(
            "--check-processor",
            type=float,
            default=0.0,
            callback=checked_by(check_percentage),
            metavar="PERCENT",
            help="Of so many batches, check that a processor is row-wise.",
        ),
        click.option(
            "--processor-limit",
            type=Seconds(),
            default=30.0,
            callback=checked_by(check_limit),
            metavar="TIME",
            help="The longest a processor may take for a batch.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command
