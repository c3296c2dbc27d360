"""What a command answers on standard output: it is there, or the exit code says that it is not.

With `--json` that is exactly one object, also if the command fails: then it is the error.
"""

import sys
from typing import Final

import click
import msgspec

from protocol.errors import LinkError
from protocol.json_text import json_bytes
from protocol.program.event_text import shown_text
from protocol.program.interruption import asks_for_json, given
from protocol.program.standard_streams import take_lost_output

SCHEMA: Final = 1
"""Of every object but those that have their own; fields may be added without a new number."""


class ErrorAnswer(msgspec.Struct, frozen=True):
    """What went wrong; `fix` is what to do about it, empty if nothing is known."""

    ok: bool
    schema: int
    code: str
    error: str
    fix: str


def give_answer(text: str) -> None:
    """Print the answer that a command was called for.

    Raises:
        LinkError: standard output does not take it.
    """
    given[:] = [True]
    click.echo(shown_text(text))
    if lost := take_lost_output():
        raise LinkError(f"standard output cannot be written: {lost}", code="Z306")


def give_error(code: str, what: str, fix: str) -> None:
    """Print an error as the one object, if one was asked for and there is no answer yet."""
    if asks_for_json(sys.argv[1:]) and not given:
        given[:] = [True]
        answer = ErrorAnswer(ok=False, schema=SCHEMA, code=code, error=what, fix=fix)
        click.echo(shown_text(json_bytes(answer).decode()))
