"""`zreplay.run`, `inspect` and `convert`: what the commands do, as calls that return their answer.

A run is a process of its own, as on the command line: it forks, and takes signals.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from protocol.errors import EXIT_DONE, EXIT_ROWS_REJECTED, SettingsError
from protocol.json_text import json_bytes
from protocol.program.command_line import HELP_NAMES
from protocol.program.config_discovery import without_discovery
from zreplay.commands.cli import cli
from zreplay.consumer.arguments import INSTANTS, arguments_of
from zreplay.consumer.replay import error_of, kind_of
from zreplay.reading import Files, flat

_DECIDED: Final = frozenset({"from", "help", "historical", "json", "parent_fd"})
"""What a call decides itself, or calls by another name."""
END_SECONDS: Final = 20.0
"""By then a run that was asked to end has ended."""


def run(*files: Files, out: str | Path, **options: Any) -> dict[str, Any]:
    """Replay files through workers into the logs of `out`, to the end; return the summary.

    Options are those of `zreplay run` with underscores, `start` and `end` its --from and --to; the
    summary is what `--json` prints. The same call goes on where an earlier one stopped.

    Raises:
        ZreplayError: it cannot start, or could not go on.
    """
    arguments = arguments_of(options, cli.commands["run"], _DECIDED | {"to", "out"})
    command = [
        *(sys.executable, "-P", "-m", "zreplay", "--log-format", "text", "run", "--json"),
        *(f"--out={os.fspath(out)}", *arguments, "--", *flat(files)),
    ]
    # In a session of its own: a Ctrl-C is ours to pass on, once.
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=without_discovery(os.environ),
        start_new_session=True,
    ) as process:
        try:
            answer, said = process.communicate()
        except BaseException:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
            process.kill()
            raise
    return _answer(process.returncode, answer, said.decode("utf-8", "replace"))


def inspect(*files: Files, **options: Any) -> dict[str, Any]:
    """Return what files hold, as `zreplay inspect --json` prints it.

    Options are those of the command with underscores, `start` and `end` its --from and --to.

    Raises:
        SettingsError, InputError: an option is not valid, or a file is no recording. What cuts the
            reading short later is `broken_off`.
    """
    command = cli.commands["inspect"]
    context = call_context(command, files, options, _DECIDED | {"to", "each", "index"}, INSTANTS)
    from zreplay.commands.inspect_command import inspect_settings
    from zreplay.inspection.inspector import Inspector

    found = Inspector(inspect_settings(context.params), lambda share: None).inspect()
    report: dict[str, Any] = msgspec.json.decode(json_bytes(found))
    return report


def convert(*files: Files, to: str | Path, **options: Any) -> dict[str, Any]:
    """Write files, or the results of a run's folder, as one; return what was written.

    Options are those of `zreplay convert` with underscores, `start` and `end` its --from and
    --until; the answer is what `--json` prints.

    Raises:
        ZreplayError: nothing was written.
    """
    command = cli.commands["convert"]
    instants = {"start": "from", "end": "until"}
    own = _DECIDED | {"until", "to"}
    context = call_context(command, files, options, own, instants, [f"--to={os.fspath(to)}"])
    params = context.params
    inputs = params["files"]
    from zreplay.commands import convert_command, results_command
    from zreplay.commands.convert import is_folder_of_results
    from zreplay.conversion.converter import Converter

    if any(map(is_folder_of_results, inputs)):
        folder = results_command.folder_of_results(inputs)
        file = results_command.written(folder, params, results_command.said_in(context))
        return results_command.as_fields(file)
    return convert_command.as_fields(Converter(convert_command.convert_settings(params)).convert())


def call_context(
    command: click.Command,
    files: Collection[Files],
    options: Mapping[str, Any],
    own: Collection[str],
    instants: Mapping[str, str],
    more: Collection[str] = (),
) -> click.Context:
    """Return the options of a call as its command takes them from the command line.

    Raises:
        SettingsError: one is not valid.
    """
    arguments = arguments_of(options, command, own, instants)
    try:
        words = [*arguments, *more, "--", *flat(files)]
        return command.make_context(command.name, words, help_option_names=[*HELP_NAMES])
    except click.ClickException as error:
        raise SettingsError(error.format_message(), code="Z203") from None


def _answer(code: int, answer: bytes, said: str) -> dict[str, Any]:
    """Return the object that a run has printed, or raise the error in it."""
    try:
        fields: dict[str, Any] = msgspec.json.decode(answer, type=dict[str, Any])
    except msgspec.DecodeError:
        raise error_of(code, said) from None
    if code in (EXIT_DONE, EXIT_ROWS_REJECTED):
        return fields
    if "error" in fields:
        raise kind_of(code)(fields["error"], fix=fields["fix"], code=fields["code"])
    raise error_of(code, said)
