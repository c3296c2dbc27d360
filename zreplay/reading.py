"""As a library: the quotes of recordings as Arrow record batches, in the order of their arrival.

The same order, filters and latency models as in a run, without sockets and with as little memory:
a batch is what could be put in order since the previous one.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
from msgspec.structs import replace

from protocol.errors import InputError, SettingsError
from zreplay.historical.daily_session import DailySession
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.seek import start_from
from zreplay.historical.selection import FieldNames, Selection
from zreplay.historical.ticker_choice import names_in
from zreplay.quotes.arrow_batch import MOST_ROWS, SCHEMA, TickerNames, batch_of
from zreplay.quotes.python_time import duration_text_of, instant_ns_of
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.input_paths import matching
from zreplay.recordings.object_path import written_path
from zreplay.recordings.recording_layout import check_files
from zreplay.settings import LATE_POLICIES, parse_reorder_ns, parse_seconds_ns

_ARGUMENTS: Final = FieldNames("start", "end", "start_offset", "duration", "limit")

Files = str | Path | Sequence[str | Path]
Instant = str | int | datetime
Duration = str | timedelta
Names = str | Sequence[str]
OnRejected = Callable[[Rejection], None]


def read(
    *files: Files,
    columns: Mapping[str, str] | None = None,
    format: FormatOptions | None = None,
    tickers: Names = (),
    exclude: Names = (),
    start: Instant | None = None,
    end: Instant | None = None,
    start_offset: Duration | None = None,
    duration: Duration | None = None,
    limit: int | None = None,
    session: str | None = None,
    dedupe: bool = False,
    latency: str = "recorded",
    reorder: Duration = "5s",
    late: str = "stop",
    max_jump: Duration = "1d",
    max_buffer: int = 2_000_000,
    on_rejected: OnRejected | None = None,
) -> pa.RecordBatchReader:
    """Return the quotes of all files, merged in order of arrival, batch by batch, as SCHEMA says.

    Args:
        files: recordings of any kind, or patterns such as `quotes/*.csv.gz`; lists of them too.
        columns: maps our column names to those in the files: {"bid_price": "best_bid"}.
        tickers: only these; names or patterns, a list or one text with commas.
        exclude: all but these.
        start: the first arrival included: a text in UTC, a datetime (also of pandas or numpy; one
            without a zone is in UTC), or nanoseconds since 1970.
        end: the first arrival excluded.
        start_offset: start this long after the first arrival of the files: "90s", "10m", or a
            timedelta.
        duration: end this long after the start.
        limit: end after this many quotes.
        session: only what arrives then, each day: "09:30-16:00 America/New_York".
        dedupe: leave out what stands in an earlier file too, equal in all but its index.
        format: what the file does not say itself: FormatOptions(zone="America/New_York").
        latency: "recorded", "none", "constant:5ms", "scale:2" or "shift:-3ms".
        reorder: how far the rows of a file may be out of order.
        late: what to do with a row that is even later: "stop" or "reject".
        max_jump: how far a row may be ahead of its neighbours; "0" is no limit.
        max_buffer: how many rows may wait for their turn.
        on_rejected: called with each row that is not a quote, is a stray, or is late; the rest
            continues.

    Raises:
        SettingsError: an argument is not valid.
        InputError: a file cannot be read; while iterating, also if a row is not a quote and
            `on_rejected` is not given. Nothing is skipped silently.
    """
    if late not in LATE_POLICIES:
        raise SettingsError(f"late was {late!r}, expected one of {LATE_POLICIES}", code="Z203")
    paths = matching(map(written_path, flat(files)))
    if not paths:
        raise SettingsError("no file was given", fix='zreplay.read("quotes.csv")', code="Z202")
    selection = Selection(
        tickers=names_in(tickers),
        exclude=names_in(exclude),
        from_ns=_instant_ns(start, "start"),
        to_ns=_instant_ns(end, "end"),
        start_offset_ns=_duration_ns(start_offset, "start_offset"),
        duration_ns=_duration_ns(duration, "duration"),
        limit=limit,
        session=_session(session, format),
        dedupe=dedupe,
        names=_ARGUMENTS,
    )
    model = LatencyModel.parse(latency, "latency")
    horizon_ns = parse_reorder_ns(duration_text_of(reorder, "reorder"), "reorder")
    max_jump_ns = parse_seconds_ns(duration_text_of(max_jump, "max_jump"), "max_jump")
    kind = latency.strip().lower().partition(":")[0]
    called = replace(format or NOTHING_SAID, columns=dict(columns or {}), latency=kind)
    check_files(paths, called)

    def batches() -> Iterator[pa.RecordBatch]:
        indexes = FileIndexes(paths, columns=called, max_jump_ns=max_jump_ns, latency=model)
        source = HistoricalSource(
            paths,
            begin=start_from(paths, selection, horizon_ns, indexes),
            horizon_ns=horizon_ns,
            late=late,
            max_rows=max_buffer,
            reject=on_rejected or _refuse,
            columns=called,
            selection=selection,
            latency=model,
            max_jump_ns=max_jump_ns,
            indexes=indexes,
        )
        names = TickerNames()
        try:
            while (piece := source.read()) is not None:
                for first in range(0, len(piece.block), MOST_ROWS):
                    yield batch_of(piece.block.take(slice(first, first + MOST_ROWS)), names)
        finally:
            source.close()

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


def _refuse(rejection: Rejection) -> None:
    column = f"{rejection.column} " if rejection.column else ""
    raise InputError(
        f"{rejection.file}: {rejection.place}: {column}{rejection.value!r}: {rejection.reason}",
        fix="collect such rows and continue: zreplay.read(..., on_rejected=rejected.append)",
        code="Z410",
    )


def _session(session: str | None, format: FormatOptions | None) -> DailySession | None:
    zone = format.zone if format is not None else ""
    return None if session is None else DailySession.parse(session, zone, "session")


def flat(files: Iterable[Files]) -> list[str]:
    """Return the files of lists and those beside them, in the order that they were given in."""
    return [
        os.fspath(path) for one in files for path in ([one] if isinstance(one, str | Path) else one)
    ]


def _instant_ns(instant: Instant | None, argument: str) -> int | None:
    return None if instant is None else instant_ns_of(instant, argument)


def _duration_ns(duration: Duration | None, argument: str) -> int | None:
    if duration is None:
        return None
    return parse_seconds_ns(duration_text_of(duration, argument), argument)
