"""What a command answers on standard output: it is there, or the exit code says that it is not.

With `--json` that is exactly one object, also if the command fails: then it is the error.
"""

import sys
from typing import Final

import click
import msgspec

from protocol.errors import LinkError
from protocol.json_text import json_bytes
from protocol.program.standard_streams import take_lost_output

SCHEMA: Final = 1
"""Of every object but those that have their own; fields may be added without a new number."""
JSON_FLAG: Final = "--json"


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
    click.echo(text)
    _given[:] = [True]
    if lost := take_lost_output():
        raise LinkError(f"standard output cannot be written: {lost}", code="Z306")


def give_error(code: str, what: str, fix: str) -> None:
    """Print an error as the one object, if one was asked for and there is no answer yet."""
    words = sys.argv[1:]
    options = words[: words.index("--")] if "--" in words else words
    if JSON_FLAG in options and not _given:
        answer = ErrorAnswer(ok=False, schema=SCHEMA, code=code, error=what, fix=fix)
        click.echo(json_bytes(answer).decode())


_given: Final[list[bool]] = []
