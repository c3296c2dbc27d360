"""What `zreplay convert` does once its options are read: progress, the answer, the exit code."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from protocol.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_ROWS_REJECTED, SettingsError
from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.event_text import printable
from protocol.program.stop import StopSignal
from zreplay.commands.empty_run import empty_answer, say_empty, why_empty
from zreplay.commands.format_line import say_format
from zreplay.commands.input_options import input_settings
from zreplay.commands.reading_progress import reading_progress
from zreplay.conversion.convert_settings import ConvertSettings
from zreplay.conversion.converter import Conversion, Converter
from zreplay.quotes.file_numbers import MAX_FILES
from zreplay.screen.rejected_text import rejected_text
from zreplay.screen.run_summary import LEFT_OUT
from zreplay.settings import parse_reorder_ns


def convert_settings(options: Mapping[str, Any]) -> ConvertSettings:
    """Return the settings from the options of `convert`.

    Raises:
        SettingsError, InputError: they are not valid.
    """
    if options["output"]:
        raise SettingsError("--output is of the folder of a run", code="Z203")
    return ConvertSettings(
        **input_settings({**options, "to": options["until"]}, {"to_ns": "--until"}),
        reorder_ns=parse_reorder_ns(options["reorder"]),
        late=options["late"],
        max_buffer_rows=options["max_buffer"],
        out=options["to"],
        split=options["split"] or "",
        may_replace=options["force"],
        max_rejected=options["max_rejected"],
    )


def convert_files(settings: ConvertSettings, *, as_json: bool, may_be_empty: bool = False) -> int:
    """Convert to the end and print the summary; return the exit code.

    It is 1 if rows were rejected, or if there was not one quote, unless that may be.

    Raises:
        ZreplayError: nothing was written.
    """
    say_format(settings.historical, settings.columns, is_modelled=settings.latency is not None)
    stop = StopSignal.install()
    with ExitStack() as stack:
        converter = Converter(settings, reading_progress(stack), lambda: stop.requested > 0)
        found = converter.convert()
    empty: dict[str, Any] = {}
    if found.is_complete and not found.quotes and not may_be_empty:
        empty = empty_answer(why_empty(settings), "converted")
    if as_json:
        told = {"schema": SCHEMA, "to": str(settings.out), **as_fields(found), **empty}
        give_answer(json_bytes(told).decode())
    else:
        give_answer(summary(found, settings))
    if not found.is_complete:
        return EXIT_INTERRUPTED
    if empty:
        return say_empty(empty)
    return EXIT_ROWS_REJECTED if found.rejected else EXIT_DONE


def as_fields(found: Conversion) -> dict[str, object]:
    """Return what `--json` prints of it."""
    return {
        "complete": found.is_complete,
        "quotes": found.quotes,
        "blank": found.blank,
        "rejected": found.rejected,
        **found.notes._asdict(),
        **found.left_out._asdict(),
        "tied": found.tied,
        "files": found.files,
        "bytes": found.size_bytes,
        "seconds": round(found.seconds, 3),
        "latency": found.has_latency,
        "needs": found.needs,
    }


def summary(found: Conversion, settings: ConvertSettings) -> str:
    """Return the summary in words; where the quotes are comes last."""
    if not found.is_complete:
        return f"stopped before the end; {printable(str(settings.out))} was not written"
    rejected = ""
    if found.rejected:
        rejected = rejected_text(settings.rejected_log, settings.historical, found.rejected)
    seconds = max(found.seconds, 1e-3)
    lines = [
        rejected,
        f"done in {found.seconds:,.1f} s: {found.quotes:,} quotes, "
        f"{round(found.quotes / seconds):,} a second",
        *(f"  {name:<26} {count:>15,}" for name, count in _counts(found) if count),
        *([] if found.has_latency else [f"  {'latency':<26} none"]),
        *_warnings(found),
        *([f"rejected rows: {printable(str(settings.rejected_log))}"] if found.rejected else []),
        f"quotes:        {printable(str(settings.out))} ({found.size_bytes:,} bytes)",
    ]
    return "\n".join(line for line in lines if line)


def _counts(found: Conversion) -> tuple[tuple[str, int], ...]:
    left_out = {**found.notes._asdict(), **found.left_out._asdict()}
    return (
        ("blank: a side is missing", found.blank),
        ("rejected", found.rejected),
        *((text, left_out[name]) for name, text in LEFT_OUT),
        ("files", found.files if found.tied is not None or found.files > 1 else 0),
    )


def _warnings(found: Conversion) -> list[str]:
    """Return what is not, or not without more, the same when it is replayed."""
    said = []
    if found.tied:
        said.append(
            f"the order of {found.tied:,} quotes that arrive with others of other tickers is lost"
        )
    if found.files > MAX_FILES:
        said.append(f"a run reads {MAX_FILES:,} files at most: give it some of the tickers")
    if found.negative_prices:
        said.append(
            f"{found.negative_prices:,} quotes have a price below zero, which a run of these files "
            "rejects: it takes a --format with negative = true"
        )
    if found.needs:
        said.append(f"a run of these files needs {' '.join(found.needs)}")
    return said
