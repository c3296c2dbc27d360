"""What `zreplay backfill` does once its options are read: progress, the answer, the exit code."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from msgspec.structs import asdict

from protocol.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_ROWS_REJECTED,
    InputError,
    LinkError,
    ResultLogError,
    SettingsError,
    ZreplayError,
)
from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.event_text import printable
from protocol.program.stop import StopSignal
from protocol.result_folder import ERRORS, MIDS
from zreplay.backfilling.backfill import NewEngine, Outcome, Watch, backfill, one_partition
from zreplay.backfilling.certificates import given
from zreplay.backfilling.joining import blocks_of
from zreplay.backfilling.manifest import REJECTED, check_files, check_logs, finished
from zreplay.backfilling.output import OUTPUTS, in_words
from zreplay.backfilling.part_files import COPY_BYTES, DATASET, TABLE
from zreplay.backfilling.partition import Task
from zreplay.backfilling.pool import Pool, process_pool, usable_cores
from zreplay.backfilling.preparation import Prepared, absolute, plan_counts, prepare
from zreplay.backfilling.settings import MIB, BackfillSettings, Cluster, Rules
from zreplay.backfilling.store import store_of
from zreplay.backfilling.survey import is_day_without_data
from zreplay.commands.backfill_progress import backfill_progress
from zreplay.commands.empty_run import empty_answer, say_empty, why_empty
from zreplay.commands.format_line import say_format
from zreplay.commands.input_options import input_settings
from zreplay.historical.selection import Selection
from zreplay.quotes.timestamp_text import exact_time_text
from zreplay.screen.run_summary import LEFT_OUT
from zreplay.settings import parse_reorder_ns

MOST_NAMED: Final = 10
"""So many files that are not whole are named."""


def backfill_files(options: Mapping[str, Any]) -> int:
    """Do what the options ask for; return the exit code: 1 if rows were rejected.

    Raises:
        ZreplayError: nothing could be begun.
    """
    settings = settings_of(options)
    rules = settings.rules
    say_format(settings.historical, rules.columns, is_modelled=rules.latency is not None)
    as_json = options["as_json"]
    if options["plan"]:
        counts = plan_counts(prepare(settings))
        _give(settings.out, counts, plan_text(counts), as_json=as_json)
        return EXIT_DONE
    if (number := options["partition"]) is not None:
        quotes = one_partition(prepare(settings), number).counts.quotes
        found = {"partition": number, "quotes": quotes}
        _give(settings.out, found, f"partition {number}: {quotes:,} quotes", as_json=as_json)
        return EXIT_DONE
    stop = StopSignal.install()
    with ExitStack() as stack:
        progress = backfill_progress(stack)
        watch = Watch(progress, _say_failed, lambda: stop.requested > 0)
        prepared = prepare(settings)
        outcome = backfill(prepared, new_engine(settings, watch.is_stopping), watch)
    is_whole = outcome.is_complete and not outcome.failed
    is_empty = is_whole and not outcome.quotes and not options["allow_empty"]
    empty = _empty_answer(settings) if is_empty else {}
    _give(settings.out, asdict(outcome) | empty, summary(outcome, prepared), as_json=as_json)
    if outcome.failed:
        return InputError.exit_code
    if not outcome.is_complete:
        return EXIT_INTERRUPTED
    if empty:
        return say_empty(empty)
    return EXIT_ROWS_REJECTED if outcome.rejected else EXIT_DONE


def new_engine(
    settings: BackfillSettings, is_stopping: Callable[[], bool] = lambda: False
) -> NewEngine:
    """Return what makes the engine that the settings ask for."""
    if settings.cluster is not None:
        from zreplay.backfilling.cluster import DaskCluster

        first = next(path for path in settings.historical if not is_day_without_data(path))
        place = absolute(first), absolute(settings.out), settings.scratch
        return partial(DaskCluster, settings.cluster, *place, _say, is_stopping)
    new_executor = partial(process_pool, settings.workers, is_table=settings.rules.is_table)
    return partial(Pool, new_executor, settings.workers, settings.out, settings.scratch)


def _empty_answer(settings: BackfillSettings) -> dict[str, Any]:
    from zreplay.settings import ReplaySettings

    rules = settings.rules
    read = ReplaySettings(
        historical=settings.historical,
        columns=rules.columns,
        selection=rules.selection,
        latency=rules.latency,
        reorder_ns=rules.reorder_ns,
        max_buffer_rows=rules.max_buffer_rows,
        max_jump_ns=rules.max_jump_ns,
    )
    return empty_answer(why_empty(read), "replayed")


def check_folder(out: Path, *, as_json: bool = False) -> int:
    """Compare a finished output with what was written.

    Raises:
        ResultLogError: it is not what was written, or there is no finished backfill.
    """
    store = store_of(out)
    manifest, reports = finished(store)
    if wrong := [*check_logs(store, manifest), *check_files(store, reports)]:
        raise ResultLogError(
            "; ".join(wrong[:MOST_NAMED]),
            fix="the command that wrote them writes them again",
            code="Z605",
        )
    sizes = [f"{log.name} {log.size_bytes:,} bytes" for log in manifest.logs]
    files = [part for report in reports for part in report.files.values()]
    sizes.append(f"{len(files):,} files of parts {sum(part.size_bytes for part in files):,} bytes")
    log_bytes = {log.name: log.size_bytes for log in manifest.logs}
    _give(out, {"log_bytes": log_bytes}, f"whole: {', '.join(sizes)}", as_json=as_json)
    return EXIT_DONE


def cat(out: Path, name: str) -> int:
    """Write a log, or an output of a processor, to standard output.

    Raises:
        ResultLogError: there is no finished backfill.
        SettingsError: it has no such output.
        LinkError: standard output does not take it.
    """
    store = store_of(out)
    manifest, reports = finished(store)
    kinds = reports[0].files.keys() - {TABLE, "rejected"}
    shown = {kind.removeprefix(OUTPUTS): kind for kind in sorted(kinds)}
    if name != "rejected" and name not in shown:
        raise SettingsError(
            f"--cat was {name!r}, expected one of {', '.join((*shown, 'rejected'))}",
            fix="read Parquet files as a data set: the folder `mids` in --out",
            code="Z203",
        )
    try:
        if name == "rejected":
            if REJECTED in {log.name for log in manifest.logs}:
                with store.open(REJECTED) as file:
                    shutil.copyfileobj(file, sys.stdout.buffer, COPY_BYTES)
        else:
            for data in blocks_of(store, reports, shown[name]):
                sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # `| head` has what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        what = f"standard output cannot be written: {error.strerror}"
        raise LinkError(what, code="Z306") from None
    return EXIT_DONE


def _give(out: Path, found: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        text = json_bytes({"schema": SCHEMA, "out": str(out), **found}).decode()
    give_answer(text)


def plan_text(counts: Mapping[str, int]) -> str:
    """Return a plan in words."""
    return "\n".join(
        f"  {name.replace('_', ' '):<26} {count:>15,}" for name, count in counts.items()
    )


def settings_of(options: Mapping[str, Any]) -> BackfillSettings:
    """Return the settings that the options say."""
    said = input_settings(options)
    rules = Rules(
        columns=said["columns"],
        selection=said["selection"] or Selection(),
        latency=said["latency"],
        max_jump_ns=said["max_jump_ns"],
        reorder_ns=parse_reorder_ns(options["reorder"]),
        late=options["late"],
        max_buffer_rows=options["max_buffer"],
        max_rejected=options["max_rejected"],
        threshold_ms=options["latency_threshold"],
        stamp=options["stamp"],
        is_parquet=options["parquet"],
        processors=tuple(options["processor"]),
        processors_in_words=in_words(options["processor"]),
        reads_ahead=options["read_ahead"],
    )
    workers = options["workers"]
    return BackfillSettings(
        said["historical"],
        rules,
        options["out"],
        cluster=_cluster(options),
        is_elsewhere=options["scheduler"] is not None,
        scratch=options["scratch"],
        workers=usable_cores() if workers is None else workers,
        window_bytes=options["window_mib"] * MIB,
    )


def _cluster(options: Mapping[str, Any]) -> Cluster | None:
    if options["scheduler"] is None:
        return None
    scheduler, slow = options["scheduler"], options["slow"]
    tls = given(options["tls_ca"], options["tls_cert"], options["tls_key"])
    cluster = Cluster(scheduler, tls, slow, is_insecure=options["insecure"])
    cluster.address()  # what is wrong with it is said before the files are looked at
    return cluster


def summary(outcome: Outcome, prepared: Prepared) -> str:
    """Return how it ended, in words; where the logs are comes last."""
    out = prepared.settings.out
    if outcome.failed:
        return (
            f"{outcome.failed:,} of {outcome.windows:,} partitions failed, the others are done; "
            "the same command goes on"
        )
    if not outcome.is_complete:
        return "stopped before the end; the same command goes on"
    seconds = max(outcome.seconds, 1e-3)
    mids = outcome.quotes - outcome.skipped - outcome.blank
    counts = (
        ("mids", mids),
        ("over the latency threshold", outcome.skipped),
        ("blank: a side is missing", outcome.blank),
        ("rejected", outcome.rejected),
        *((text, getattr(outcome, name)) for name, text in LEFT_OUT),
        ("days without data", outcome.days_without_data),
        ("partitions", outcome.windows),
        ("run now", outcome.ran),
        ("run again for late rows", outcome.again),
        ("rows read twice", outcome.rows_read_twice),
    )
    lines = [
        *(["this backfill is already complete, nothing was read again"] * (not outcome.ran)),
        f"done in {outcome.seconds:,.1f} s: {outcome.quotes:,} quotes, "
        f"{round(outcome.quotes / seconds):,} a second",
        *(f"  {name:<26} {count:>15,}" for name, count in counts if count),
        *([f"rejected rows: {printable(f'{out}/{REJECTED}')}"] if outcome.rejected else []),
        *_places(prepared),
    ]
    return "\n".join(lines)


def _places(prepared: Prepared) -> list[str]:
    settings = prepared.settings
    if settings.rules.is_table:
        return [f"mid prices:    {printable(f'{settings.out}/{DATASET}')}"]
    if store_of(settings.out).folder is None:
        return [f"mid prices:    zreplay backfill --out {printable(str(settings.out))} --cat mids"]
    logs = (("mid prices:    ", MIDS), ("errors:        ", ERRORS))
    return [f"{said}{printable(str(settings.out / name))}" for said, name in logs]


def _say(text: str) -> None:
    click.echo(printable(text), err=True)


def _say_failed(task: Task, error: ZreplayError) -> None:
    """Say in one line which partition failed, and why."""
    begins = "the beginning" if task.start_ns is None else exact_time_text(task.start_ns)
    ends = "the end" if task.end_ns is None else exact_time_text(task.end_ns)
    files = f"{len(task.files):,} file{'s' if len(task.files) != 1 else ''}"
    what = " ".join(error.what.split("\n"))
    click.echo(
        f"error {error.code}: partition {task.window} ({begins} to {ends}, {files}): "
        f"{printable(what)}; fix: {printable(error.fix)}",
        err=True,
    )
