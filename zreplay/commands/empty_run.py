"""A run, a conversion or a backfill of files without one quote: why, and what to do about it.

The files are read once more, without what was selected: what is in them, beside what was asked for.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from msgspec.structs import replace

from protocol.errors import EXIT_EMPTY, InputError
from protocol.program.error_text import say
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.historical.ticker_choice import TickerChoice
from zreplay.inspection.inspector import Inspector, InspectSettings
from zreplay.inspection.report import RecordingReport
from zreplay.quotes.timestamp_text import time_text
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.input_paths import STANDARD_INPUT

EMPTY: Final = "Z120"
LISTED_TICKERS: Final = 5
KNOWN_TICKERS: Final = 100_000
"""So many of the most frequent ones are compared with what was asked for."""


class Emptiness(NamedTuple):
    """Why there was nothing, and what to do."""

    what: str
    fix: str


class Read(Protocol):
    """What was read, and how."""

    @property
    def historical(self) -> tuple[Path, ...]: ...
    @property
    def columns(self) -> FormatOptions: ...
    @property
    def selection(self) -> Selection | None: ...
    @property
    def latency(self) -> LatencyModel | None: ...
    @property
    def reorder_ns(self) -> int: ...
    @property
    def max_buffer_rows(self) -> int: ...
    @property
    def max_jump_ns(self) -> int: ...


def empty_answer(empty: Emptiness, done: str) -> dict[str, Any]:
    """Return what `--json` prints of it as an error, beside the counts."""
    what = f"not one quote was {done}: {empty.what}"
    return {"ok": False, "code": EMPTY, "error": what, "fix": empty.fix}


def say_empty(answer: Mapping[str, Any]) -> int:
    """Say that not one quote was replayed, converted, ..., and why; return the exit code."""
    say("zreplay", "error", answer["error"], {"code": answer["code"], "fix": answer["fix"]})
    return EXIT_EMPTY


def why_empty(settings: Read) -> Emptiness:
    """Return why not one quote of the files was sent; they are read through for it."""
    if STANDARD_INPUT in settings.historical:
        return _why_of_stdin(settings.selection)
    inspector = Inspector(_everything(settings), lambda share: None)
    found = inspector.inspect()
    return reason_of(settings.selection, found.total or found.files[0], inspector.failure)


def reason_of(
    selection: Selection | None, found: RecordingReport, failure: InputError | None
) -> Emptiness:
    """Return why nothing of these files was selected, by what is in all of them."""
    if failure is not None:
        return Emptiness(failure.what, failure.fix)
    if not found.rows and found.rejected:
        return Emptiness(
            f"none of the {found.rejected:,} rows is a quote: {found.refusals[0].reason}",
            "zreplay inspect says what is wrong with them, and with which columns",
        )
    if not found.rows or found.arrivals is None or selection is None:
        return Emptiness(
            "there is not one row in the files", "give files with quotes, or --allow-empty"
        )
    names = [ticker.ticker for ticker in found.tickers.top]
    if len(names) == found.tickers.count and not _any_ticker(selection, names):
        return Emptiness(_no_such_ticker(selection, names), _meant(selection, names))
    return Emptiness(
        f"no quote matches {selection.as_options()}: arrivals go from "
        f"{time_text(found.arrivals.first_ns)} to {time_text(found.arrivals.last_ns)}",
        f"{_bounds(selection)}, or --allow-empty",
    )


def _everything(settings: Read) -> InspectSettings:
    return InspectSettings(
        historical=settings.historical,
        columns=settings.columns,
        selection=None,
        latency=settings.latency,
        reorder_ns=settings.reorder_ns,
        max_buffer_rows=settings.max_buffer_rows,
        latency_threshold_ms=0.0,
        rate=None,
        top=KNOWN_TICKERS,
        max_jump_ns=settings.max_jump_ns,
    )


def _why_of_stdin(selection: Selection | None) -> Emptiness:
    asked = f" matches {selection.as_options()}" if selection is not None else ""
    return Emptiness(
        f"no row of standard input{asked or ' is a quote'}",
        "write it to a file, and see what is in it: zreplay inspect FILE",
    )


def _bounds(selection: Selection) -> str:
    """Return the options that bound the time as they were asked for."""
    if selection.session is not None:
        return "another --session, or its hours in another --zone"
    if selection.start_offset_ns or selection.duration_ns is not None:
        return "--start-offset and --duration within them"
    return "--from and --to within them"


def _any_ticker(selection: Selection, names: Sequence[str]) -> bool:
    choice = TickerChoice(selection.tickers, selection.exclude)
    return any(choice.has(name) for name in names)


def _no_such_ticker(selection: Selection, names: Sequence[str]) -> str:
    asked = replace(Selection(), tickers=selection.tickers, exclude=selection.exclude)
    listed = ", ".join(names[:LISTED_TICKERS])
    count = len(names) - LISTED_TICKERS
    more = f" and {count:,} more" if count > 0 else ""
    if not selection.tickers:
        return f"{asked.as_options()} leaves out every ticker: there are {listed}{more}"
    return f"no ticker matches {asked.as_options()}: there are {listed}{more}"


def _meant(selection: Selection, names: Sequence[str]) -> str:
    """Return what the user may have meant, names told in any case."""
    if not selection.tickers:
        return "--exclude fewer, or --allow-empty"
    by_folded = {name.casefold(): name for name in reversed(names)}
    for asked in selection.tickers:
        if any(fnmatchcase(name, asked.upper()) for name in names):
            return f"did you mean --tickers '{asked.upper()}'?"
        folded = asked.strip("*").casefold()
        near = [name for key, name in by_folded.items() if folded and key.startswith(folded)]
        near += [by_folded[key] for key in get_close_matches(folded, by_folded, n=1)]
        if near:
            return f"did you mean --tickers '{near[0]}'?"
    return "zreplay inspect lists the tickers; names and patterns are case-sensitive"
