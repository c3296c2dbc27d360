"""As a library: what a run has written, as Arrow record batches, up to what is committed.

While the run goes on too: what the sink has not committed yet is not there, and a later call has
more.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from protocol.committed_log import CommittedLog, newest_commit, open_committed, schemas_of
from protocol.errors import SettingsError
from protocol.mids_schema import INSTANT, MIDS_SCHEMA
from protocol.result_folder import ERRORS, MIDS, OUTPUTS, TABLE
from zreplay.historical.ticker_choice import TickerChoice, names_in
from zreplay.quotes.arrow_batch import ArrowColumn
from zreplay.quotes.python_time import instant_ns_of

LOG_SCHEMA: Final = pa.schema({"timestamp": INSTANT, "mid": pa.float64()})
"""What mid_prices.log holds. Whose mid it is, it does not say."""
ERRORS_SCHEMA: Final = pa.schema(
    {"timestamp": INSTANT, "latency_ms": pa.float64(), "threshold_ms": pa.float64()}
)
"""What errors.log holds."""
LINES_SCHEMA: Final = pa.schema({"line": pa.binary()})
"""What a text of a processor is read as: its lines, without their ends."""
_ERROR_LINE: Final = (
    r"at (?P<timestamp>.+) as latency (?P<latency_ms>.+)ms is bigger than (?P<threshold_ms>.+)ms"
)
BLOCK_BYTES: Final = 1024 * 1024


def outputs(folder: str | Path) -> dict[str, pa.Schema]:
    """Return the names that `results` takes for this run, and what columns each has.

    Raises:
        ResultLogError: the folder holds no run.
    """
    found = {MIDS: LOG_SCHEMA, ERRORS: ERRORS_SCHEMA}
    for name, schema in schemas_of(newest_commit(Path(folder))).items():
        columns = pa.ipc.read_schema(pa.py_buffer(schema)) if schema else LINES_SCHEMA
        found[name.removeprefix(f"{OUTPUTS}/")] = columns
    return found


def results(
    folder: str | Path,
    output: str = "",
    *,
    tickers: str | Sequence[str] = (),
    start: str | int | datetime | None = None,
    end: str | int | datetime | None = None,
) -> pa.RecordBatchReader:
    """Return what is committed of a run, in record order.

    Args:
        folder: that of `zreplay run --out`, or of the sink.
        output: one of `outputs`: a table, a log, or a text of a processor. By default
            `mids.arrows`; where the run has none (`--table`), mid_prices.log, with a warning that
            it has times and mids alone. While nothing is committed there are no rows of a table.
        tickers: only these; names or patterns, a list or one text with commas.
        start: the first arrival included, as text in UTC, a datetime, or nanoseconds since 1970.
        end: the first arrival excluded.

    Raises:
        SettingsError: there is no such output, or it has no such column.
        ResultLogError: the folder holds no run.
    """
    folder = Path(folder)
    commit = newest_commit(folder)
    schemas = schemas_of(commit)
    name = output if output in ("", MIDS, ERRORS, TABLE) else f"{OUTPUTS}/{output}"
    if not name and not commit.next:  # nobody knows yet whether there will be a table
        return MIDS_SCHEMA.empty_table().to_reader()
    if not name and TABLE not in schemas:
        warnings.warn(
            f"{folder} has no {TABLE}: {MIDS} has times and mids, and no tickers; "
            "run with --table for the rest",
            stacklevel=2,
        )
        name = MIDS
    name = name or TABLE
    if name not in (*schemas, MIDS, ERRORS):
        raise SettingsError(
            f"{folder} has no output {output}",
            fix=f"name one of {', '.join(outputs(folder))}",
            code="Z203",
        )
    log = _opened(folder, name)
    if name in (MIDS, ERRORS):
        reader = (_mids if name == MIDS else _errors)(log)
    elif schemas[name]:
        reader = _table(log, schemas[name])
    else:
        reader = pa.RecordBatchReader.from_batches(LINES_SCHEMA, _lines(log))
    return _selected(reader, names_in(tickers), _instant(start, "start"), _instant(end, "end"))


class TableSpan(NamedTuple):
    """What of `mids.arrows` is committed from `start` on; `log.end` is where to go on later.

    Who does not read all of the batches closes the log.
    """

    log: CommittedLog
    batches: pa.RecordBatchReader
    start: int


def mids_from(folder: Path, run: bytes, start: int) -> TableSpan:
    """Return the committed mids behind byte `start`, all of them if that was another run's.

    `start` is 0 or an earlier `end`.

    Raises:
        ResultLogError: the folder holds no run.
        SettingsError: the run has no table.
    """
    schema = schemas_of(newest_commit(folder)).get(TABLE)
    if schema is None:
        raise SettingsError(
            f"the run in {folder} has no {TABLE}, so nothing is known by ticker",
            fix="start it over with --table",
            code="Z203",
        )
    log = open_committed(folder, TABLE, start)
    if start and (log.run != run or log.end < start):  # or a part of it is no longer committed
        log.close()
        start, log = 0, open_committed(folder, TABLE)
    return TableSpan(log, _table(log, schema), start)


def _table(log: CommittedLog, schema: bytes) -> pa.RecordBatchReader:
    if log.is_empty:
        log.close()
        return pa.ipc.read_schema(pa.py_buffer(schema)).empty_table().to_reader()
    return pa.ipc.open_stream(pa.PythonFile(log, mode="r"))


def _mids(log: CommittedLog) -> pa.RecordBatchReader:
    if log.is_empty:
        log.close()
        return LOG_SCHEMA.empty_table().to_reader()
    lines = csv.open_csv(
        pa.PythonFile(log, mode="r"),  # type: ignore[arg-type]  # it takes any file of Arrow too
        csv.ReadOptions(column_names=["timestamp", "mid"], block_size=BLOCK_BYTES),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(LOG_SCHEMA.names, "string")),
    )

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in lines:
            mids = pc.utf8_ltrim_whitespace(batch["mid"]).cast(pa.float64())
            yield pa.record_batch([_instants(batch["timestamp"]), mids], schema=LOG_SCHEMA)

    return pa.RecordBatchReader.from_batches(LOG_SCHEMA, batches())


def _errors(log: CommittedLog) -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for batch in _lines(log):
            found = pc.extract_regex(batch["line"].cast(pa.string()), pattern=_ERROR_LINE)
            time, latency, threshold = (found.field(name) for name in ERRORS_SCHEMA.names)
            numbers = (latency.cast(pa.float64()), threshold.cast(pa.float64()))
            yield pa.record_batch([_instants(time), *numbers], schema=ERRORS_SCHEMA)

    return pa.RecordBatchReader.from_batches(ERRORS_SCHEMA, batches())


def _lines(log: CommittedLog) -> Iterator[pa.RecordBatch]:
    """Yield the lines of a text; one that has no end yet is a line too."""
    with io.BufferedReader(log, BLOCK_BYTES) as text:
        while lines := text.readlines(BLOCK_BYTES):
            yield pa.record_batch([[line.rstrip(b"\n") for line in lines]], schema=LINES_SCHEMA)


def _instants(texts: ArrowColumn) -> ArrowColumn:
    return pc.cast(texts, pa.timestamp("ns")).view(INSTANT)


def _selected(
    reader: pa.RecordBatchReader, tickers: Sequence[str], start: int | None, end: int | None
) -> pa.RecordBatchReader:
    asked = {"ticker": bool(tickers), "arrival": start is not None or end is not None}
    if missing := [name for name in asked if asked[name] and name not in reader.schema.names]:
        raise SettingsError(
            f"there is no column {missing[0]} to select by",
            fix="run with --table, or select in what is returned",
            code="Z203",
        )
    if not any(asked.values()):
        return reader
    choice = TickerChoice(tickers, ())

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            if tickers:
                names: list[Any] = batch["ticker"].unique().to_pylist()
                chosen = [name for name in names if choice.has(name)]
                batch = batch.filter(pc.is_in(batch["ticker"], pa.array(chosen, pa.string())))
            for limit_ns, compare in ((start, pc.greater_equal), (end, pc.less)):
                if limit_ns is not None:
                    batch = batch.filter(compare(batch["arrival"], pa.scalar(limit_ns, INSTANT)))
            if len(batch):
                yield batch

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def _opened(folder: Path, name: str) -> CommittedLog:
    log = open_committed(folder, name)
    if log.missing:
        warnings.warn(
            f"{folder}: {log.missing:,} closed segments of {name} are not there any more, "
            "and what was in them is left out",
            stacklevel=3,
        )
    return log


def _instant(instant: str | int | datetime | None, argument: str) -> int | None:
    return None if instant is None else instant_ns_of(instant, argument)
