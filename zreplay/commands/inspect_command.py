"""What `zreplay inspect` does once its options are read: progress, the answer, the exit code."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from protocol.errors import EXIT_DONE, EXIT_ROWS_REJECTED
from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from zreplay.commands.input_options import input_settings
from zreplay.commands.reading_progress import reading_progress
from zreplay.inspection.inspector import Inspector, InspectSettings
from zreplay.inspection.text import text
from zreplay.quotes.timestamp_text import time_text
from zreplay.settings import parse_rate, parse_reorder_ns


def inspect_settings(options: Mapping[str, Any]) -> InspectSettings:
    """Return the settings from the options of `inspect`.

    Raises:
        SettingsError, InputError: they are not valid.
    """
    return InspectSettings(
        **input_settings(options),
        reorder_ns=parse_reorder_ns(options["reorder"]),
        max_buffer_rows=options["max_buffer"],
        latency_threshold_ms=options["latency_threshold"],
        rate=parse_rate(options["speed"]),
        top=options["top"],
    )


def inspect_files(settings: InspectSettings, *, as_json: bool, each: bool = False) -> int:
    """Print what is in the files; return the exit code: 1 if a run would not send every row.

    Raises:
        InputError: a file cannot be read any further; what was found before is printed.
    """
    with ExitStack() as stack:
        inspector = Inspector(settings, reading_progress(stack))
        found = inspector.inspect()
    give_answer(json_bytes(found).decode() if as_json else text(found, each=each))
    if inspector.failure is not None:
        raise inspector.failure
    return EXIT_ROWS_REJECTED if found.has_faults else EXIT_DONE


def index_files(settings: InspectSettings, *, as_json: bool) -> int:
    """Build the index of each file that has none, and print what each index knows of its file.

    Raises:
        InputError: a file cannot be read, or changes meanwhile.
        SettingsError: standard input has no index.
    """
    from zreplay.historical.indexing import make_indexes

    with ExitStack() as stack:
        found = make_indexes(
            settings.historical,
            columns=settings.columns,
            max_jump_ns=settings.max_jump_ns,
            latency=settings.latency,
            progress=reading_progress(stack),
        )
    files = []
    for path, whole in zip(settings.historical, found, strict=True):
        times = [
            time_text(ns) if whole.rows else None
            for ns in (whole.least_arrival_ns, whole.greatest_arrival_ns)
        ]
        facts = {"rows": whole.rows, "refused": whole.refused, "first": times[0], "last": times[1]}
        if as_json:
            files.append({"file": str(path), **facts})
        else:
            span = f", {times[0]} to {times[1]}" if whole.rows else ""
            give_answer(f"{path}: {whole.rows:,} rows, {whole.refused:,} refused{span}")
    if as_json:
        give_answer(json_bytes({"schema": SCHEMA, "files": files}).decode())
    return EXIT_DONE
