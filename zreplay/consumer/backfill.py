"""`zreplay.backfill`: what the command does, as a call, and with a function of one's own."""

from collections.abc import Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec.structs import asdict, replace

from protocol.errors import InputError, ZreplayError
from zreplay.backfilling.backfill import Watch
from zreplay.backfilling.backfill import backfill as run_backfill
from zreplay.backfilling.forking import begin_forking
from zreplay.backfilling.function_output import Function
from zreplay.backfilling.partition import Task
from zreplay.backfilling.pool import Given
from zreplay.backfilling.preparation import prepare
from zreplay.backfilling.settings import BackfillSettings, Rules
from zreplay.commands.backfill_command import new_engine, settings_of
from zreplay.commands.cli import cli
from zreplay.consumer.arguments import INSTANTS
from zreplay.consumer.calls import call_context
from zreplay.quotes.python_time import duration_text_of
from zreplay.reading import Duration, Files
from zreplay.settings import parse_seconds_ns

_DECIDED: Final = frozenset(
    {"from", "to", "help", "json", "out", "plan", "check", "cat", "partition", "allow_empty"}
)
"""What a call decides itself, or calls by another name."""


def backfill(
    *files: Files,
    out: str | Path,
    function: Function | None = None,
    warmup: Duration | None = None,
    executor: Executor | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Compute the logs of files on all cores, or what a function makes of their quotes.

    Processes of its own import the module that calls it: a script needs
    `if __name__ == "__main__":`.

    Args:
        files: recordings of any kind, or patterns; lists of them too.
        out: the folder of the output, or `s3://...`; the same call goes on where it stopped.
        function: called as `function(batches, window)` for each window, with its quotes in exact
            order as `zreplay.read` gives them; the record batches that it yields are written as
            `mids/window=.../*.parquet`, in the place of the logs. It may be called more than once
            for a window, and any number of windows at a time.
        warmup: what arrives so long before a window comes first, in batches of its own, which
            `window.is_warmup(batch)` tells. It is all that is known of earlier windows.
        executor: runs the tasks, in the place of processes of this machine: any
            `concurrent.futures.Executor`. It is not shut down.
        options: those of `zreplay backfill` with underscores; `start` and `end` its --from and
            --to.

    Returns:
        What `--json` prints: counts, and how it went.

    Raises:
        ZreplayError: it could not be begun; or partitions failed, and the first error is told.
    """
    if executor is None and options.get("scheduler") is None:
        begin_forking(is_table=function is not None or bool(options.get("parquet")))
    settings = _settings(files, options, out)
    settings = replace(settings, rules=with_function(settings, function, warmup))
    failed: list[tuple[Task, ZreplayError]] = []
    engine = new_engine(settings)
    if executor is not None:
        settings = replace(settings, is_elsewhere=True)
        workers = settings.workers
        engine = partial(Given, executor, workers, settings.out, settings.scratch)
    watch = Watch(failed=lambda task, error: failed.append((task, error)))
    outcome = run_backfill(prepare(settings), engine, watch)
    if failed:
        task, error = failed[0]
        raise InputError(
            f"{len(failed)} of {outcome.windows} partitions failed, the others are done; "
            f"partition {task.window}: {error.what}",
            fix=error.fix,
            code=error.code,
        ) from error
    return {"out": str(out), **asdict(outcome)}


def with_function(
    settings: BackfillSettings, function: Function | None, warmup: Duration | None
) -> Rules:
    """Return the rules with what is called for each window, and how much comes before it."""
    warmup_ns = 0
    if warmup is not None:
        warmup_ns = parse_seconds_ns(duration_text_of(warmup, "warmup"), "warmup")
    return replace(settings.rules, function=function, warmup_ns=warmup_ns)


def _settings(
    files: tuple[Files, ...], options: Mapping[str, Any], out: str | Path
) -> BackfillSettings:
    return settings_of(params_of(files, options, _DECIDED, [f"--out={out}"]))


def params_of(
    files: tuple[Files, ...],
    options: Mapping[str, Any],
    decided: frozenset[str] = _DECIDED,
    more: list[str] | None = None,
) -> Mapping[str, Any]:
    """Return the options of the command as it takes them from the command line.

    Raises:
        SettingsError: one is not valid.
    """
    command = cli.commands["backfill"]
    return call_context(command, files, options, decided, INSTANTS, more or []).params
