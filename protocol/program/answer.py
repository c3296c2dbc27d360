"""What a command answers on standard output: it is there, or the exit code says that it is not."""

import click

from protocol.errors import LinkError
from protocol.program.standard_streams import take_lost_output


def give_answer(text: str) -> None:
    """Print the answer that a command was called for.

    Raises:
        LinkError: standard output does not take it.
    """
    click.echo(text)
    if lost := take_lost_output():
        raise LinkError(f"standard output cannot be written: {lost}", code="Z306")
