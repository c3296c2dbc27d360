"""What `zreplay convert` does with the folder of a run: its results become a file."""

import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, SettingsError
from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.error_text import say
from protocol.program.event_text import printable
from protocol.program.stop import StopSignal
from protocol.result_folder import TABLE
from zreplay.commands.convert import is_folder_of_results
from zreplay.conversion.result_file import ResultFile, write_results
from zreplay.live.capture_folder import capture_in
from zreplay.result_tables import results

OPTIONS: Final = frozenset(
    {"files", "historical", "output", "tickers", "from", "until", "to", "force", "as_json"}
)
"""What may be said of results."""


def folder_of_results(files: Collection[str | Path]) -> Path:
    """Return the folder of a run, if it is all that is to be converted.

    Raises:
        SettingsError: there are other files too.
    """
    folders = [Path(file) for file in files if is_folder_of_results(file)]
    if len(files) > 1:
        raise SettingsError(
            f"{folders[0]} is the folder of a run, and its results are converted alone",
            fix="convert each by itself",
            code="Z203",
        )
    return folders[0]


def said_in(context: click.Context) -> set[str]:
    """Return the options that were given in a call, by their names."""
    return {
        name
        for name in context.params
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }


def written(
    folder: Path,
    options: Mapping[str, Any],
    said: Collection[str],
    is_stopped: Callable[[], bool] = lambda: False,
) -> ResultFile:
    """Write an output of a run as these options say; `said` are those that were given.

    Raises:
        ZreplayError: nothing was written.
    """
    if not options["output"] and (capture := capture_in(folder)) is not None:
        raise SettingsError(
            f"{folder} has the results of a run and the capture of a live feed",
            fix=f"--output {TABLE} for the results, or name {capture}",
            code="Z203",
        )
    if others := sorted({*said} - OPTIONS):
        names = ", ".join(f"--{name.replace('_', '-')}" for name in others)
        raise SettingsError(
            f"{folder} is the folder of a run, and {names} says how a recording is read",
            fix="of results there are --output, --tickers, --from and --until",
            code="Z203",
        )
    batches = results(
        folder,
        options["output"] or "",
        tickers=",".join(options["tickers"]),
        start=options["from"],
        end=options["until"],
    )
    return write_results(
        batches, options["to"], may_replace=options["force"], is_stopped=is_stopped
    )


def convert_results(
    folder: Path, options: Mapping[str, Any], said: Collection[str], *, as_json: bool
) -> int:
    """Write an output of a run and print the summary; return the exit code.

    Raises:
        ZreplayError: nothing was written.
    """
    stop = StopSignal.install()
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        found = written(folder, options, said, lambda: stop.requested > 0)
    for each in noted:
        say("zreplay", "warning", str(each.message), {})
    if as_json:
        fields = {"schema": SCHEMA, "to": str(options["to"]), **as_fields(found)}
        give_answer(json_bytes(fields).decode())
    else:
        give_answer(_summary(found, printable(str(options["to"]))))
    return EXIT_DONE if found.is_complete else EXIT_INTERRUPTED


def as_fields(found: ResultFile) -> dict[str, object]:
    """Return what `--json` prints of it."""
    return {
        "complete": found.is_complete,
        "rows": found.rows,
        "bytes": found.size_bytes,
        "seconds": round(found.seconds, 3),
    }


def _summary(found: ResultFile, out: str) -> str:
    if not found.is_complete:
        return f"stopped before the end; {out} was not written"
    return (
        f"done in {found.seconds:,.1f} s: {found.rows:,} rows\n"
        f"results:       {out} ({found.size_bytes:,} bytes)"
    )
