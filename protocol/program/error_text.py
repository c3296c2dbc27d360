"""How a program reports its end on stderr: a few lines for a reader, or one JSON object."""

import os
import sys
from itertools import pairwise

import click

from protocol.program.answer import give_error
from protocol.program.event_text import shown_text


def say(program: str, level: str, what: str, fields: dict[str, str]) -> None:
    """Print on stderr how a program ended: a few lines, or one JSON object."""
    if _is_json(program):
        from protocol.program.diagnostics import json_line

        click.echo(json_line(level, program, what, fields), err=True)
        return
    lines = [f"{level} {fields['code']}: {what}" if "code" in fields else f"{level}: {what}"]
    if "fix" in fields:
        lines.append(f"fix: {fields['fix']}")
    click.echo(shown_text(fields.get("traceback", "") + "\n".join(lines)), err=True)


def say_usage(program: str, error: click.ClickException) -> None:
    """Print a usage error as every other error is printed."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    fix = {"fix": f"{context.command_path} --help"} if context is not None else {}
    is_help = isinstance(error, click.exceptions.NoArgsIsHelpError)
    where = _where(error) if isinstance(error, click.BadParameter) else ""
    message = f"{error.format_message()}{where and f' (from {where})'}"
    what = "a command is missing" if is_help else " ".join(message.split())
    give_error("Z201", what, fix.get("fix", ""))
    if is_help and not _is_json(program):
        click.echo(shown_text(message), err=True)
    else:
        say(program, "error", what, {"code": "Z201", **fix})


def _is_json(program: str) -> bool:
    """Return how diagnostics are written, also before the command line is parsed."""
    from protocol.program.diagnostics import format_in_use

    in_use = format_in_use()
    if in_use is not None:
        return in_use == "json"
    words = sys.argv[1:]
    asked = "--log-format=json" in words or ("--log-format", "json") in pairwise(words)
    return asked or os.environ.get(f"{program}_LOG_FORMAT".upper()) == "json"


def _where(error: click.BadParameter) -> str:
    """Return the variable or the file that holds the offending value, if one does."""
    from protocol.program.config_command import place_of

    return place_of(error.ctx, error.param) if error.ctx and error.param else ""
