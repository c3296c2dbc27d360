"""As a library: the quotes of recordings as Arrow record batches, in the order of their arrival.

The same order, filters and latency models as in a run, without sockets and with as little memory:
a batch is what could be put in order since the previous one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from protocol.errors import InputError, SettingsError
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.seek import start_from
from zreplay.historical.selection import Selection
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.timestamp_text import parse_instant_ns
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.input_paths import matching
from zreplay.recordings.recording_kind import check_files
from zreplay.settings import LATE_POLICIES, parse_reorder_ns, parse_seconds_ns

_INSTANT: Final = pa.timestamp("ns", tz="UTC")
MOST_ROWS: Final = 1_048_576
"""The most rows of a batch: their tickers always fit in one Arrow text array."""

SCHEMA: Final = pa.schema(
    [
        pa.field("arrival", _INSTANT, nullable=False),
        pa.field("timestamp", _INSTANT, nullable=False),
        pa.field("latency_ms", pa.float64(), nullable=False),
        pa.field("ticker", pa.string(), nullable=False),
        pa.field("ask_price", pa.float64(), nullable=False),
        pa.field("bid_price", pa.float64(), nullable=False),
        pa.field("ask_amount", pa.float64(), nullable=False),
        pa.field("bid_amount", pa.float64(), nullable=False),
        pa.field("index", pa.int64(), nullable=False),
    ]
)
"""What `read` yields. arrival = timestamp + latency; a missing amount is NaN, a missing index -1.

A ticker is plain text: a dictionary would grow from batch to batch, and Arrow files, which hold
one for all batches, would refuse the second.
"""

_ARGUMENTS: Final = {
    "from_ns": "start",
    "to_ns": "end",
    "start_offset_ns": "start_offset",
    "duration_ns": "duration",
    "limit": "limit",
}
"""The names of the fields of a selection here."""

Names = str | Sequence[str]
OnRejected = Callable[[Rejection], None]


def read(
    *files: str | Path,
    columns: Mapping[str, str] | None = None,
    format: FormatOptions | None = None,
    tickers: Names = (),
    exclude: Names = (),
    start: str | int | None = None,
    end: str | int | None = None,
    start_offset: str | None = None,
    duration: str | None = None,
    limit: int | None = None,
    latency: str = "recorded",
    reorder: str = "5s",
    late: str = "stop",
    max_jump: str = "1d",
    max_buffer: int = 2_000_000,
    on_rejected: OnRejected | None = None,
) -> pa.RecordBatchReader:
    """Return the quotes of all files, merged in order of arrival, batch by batch, as SCHEMA says.

    Args:
        files: recordings of any kind, or patterns such as `quotes/*.csv.gz`.
        columns: maps our column names to those in the files: {"bid_price": "best_bid"}.
        tickers: only these; names or patterns, a list or one text with commas.
        exclude: all but these.
        start: the first arrival included, as text in UTC or as nanoseconds since 1970.
        end: the first arrival excluded.
        start_offset: start this long after the first arrival of the files: "90s", "10m".
        duration: end this long after the start.
        limit: end after this many quotes.
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
    paths = matching(map(Path, files))
    if not paths:
        raise SettingsError("no file was given", fix='zreplay.read("quotes.csv")', code="Z202")
    selection = Selection(
        tickers=_names(tickers),
        exclude=_names(exclude),
        from_ns=_instant_ns(start, "start"),
        to_ns=_instant_ns(end, "end"),
        start_offset_ns=_duration_ns(start_offset, "start_offset"),
        duration_ns=_duration_ns(duration, "duration"),
        limit=limit,
        names=_ARGUMENTS,
    )
    model = LatencyModel.parse(latency, "latency")
    horizon_ns = parse_reorder_ns(reorder, "reorder")
    max_jump_ns = parse_seconds_ns(max_jump, "max_jump")
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
        names = _Names()
        try:
            while (piece := source.read()) is not None:
                for first in range(0, len(piece.block), MOST_ROWS):
                    yield _batch(piece.block.take(slice(first, first + MOST_ROWS)), names)
        finally:
            source.close()

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


class _Names:
    """The tickers as an Arrow array; blocks that share their names share it too."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._array = pa.array([], pa.string())

    def of(self, names: tuple[str, ...]) -> pa.Array:
        if names is not self._names:
            self._names, self._array = names, pa.array(names, pa.string())
        return self._array


def _batch(block: Block, names: _Names) -> pa.RecordBatch:
    """Return a block as a batch; no number is copied."""
    codes = pa.array(block.ticker_codes)
    # The cast of a dictionary is several times as fast as `take` of text.
    tickers = pa.DictionaryArray.from_arrays(codes, names.of(block.ticker_names))
    return pa.RecordBatch.from_arrays(
        [
            pa.array(block.arrival_ns).view(_INSTANT),
            pa.array(block.timestamp_ns).view(_INSTANT),
            pa.array(block.latency_ms),
            tickers.cast(pa.string()),
            pa.array(block.ask_price),
            pa.array(block.bid_price),
            pa.array(block.ask_amount),
            pa.array(block.bid_amount),
            pa.array(block.index),
        ],
        schema=SCHEMA,
    )


def _refuse(rejection: Rejection) -> None:
    place = f"line {rejection.line}" if rejection.line is not None else f"at {rejection.offset}"
    column = f"{rejection.column} " if rejection.column else ""
    raise InputError(
        f"{rejection.file}: {place}: {column}{rejection.value!r}: {rejection.reason}",
        fix="collect such rows and continue: zreplay.read(..., on_rejected=rejected.append)",
        code="Z410",
    )


def _names(names: Names) -> tuple[str, ...]:
    parts = names.split(",") if isinstance(names, str) else names
    return tuple(part.strip() for part in parts if part.strip())


def _instant_ns(instant: str | int | None, argument: str) -> int | None:
    return parse_instant_ns(instant, argument) if isinstance(instant, str) else instant


def _duration_ns(duration: str | None, argument: str) -> int | None:
    return None if duration is None else parse_seconds_ns(duration, argument)
