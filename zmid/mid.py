"""Batch -> the two texts: a line for each mid, or for each quote that came too late.

Rule 1: mid = 0.5 * (bid_price + ask_price) in float64, printed with 15 significant digits.
        Two prices of up to 14 digits have a mid of up to 15, and the error of the formula is
        below half a unit of the 15th: so what is printed is the exact decimal.
Rule 2: a quote is late in historical mode only, and only above the threshold, not at it.
Rule 3: the lines depend on the batch's mode and columns and on the rule, on nothing else.

The Python code is the definition, row by row for a few and by column for many; compiled code
(zmid/compiled) gives the same bytes several times as fast, where there was a compiler.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf
from typing import Final, NamedTuple

import numpy as np

from protocol.messages import HISTORICAL, STAMP_ARRIVAL, Batch, Buffer, Result
from zmid.plain_text import (
    NS_PER_MS,
    Float64s,
    Int64s,
    lines,
    rounded,
    rounded_texts,
    shortest,
    shortest_texts,
    timestamp,
    timestamp_texts,
)

try:
    from zmid.compiled_lines import lines as compiled_lines
except ImportError:  # no compiler was there when this was installed
    IS_COMPILED = False
else:
    IS_COMPILED = True

FEW_ROWS: Final = 48
"""Up to here, one row after the other is faster than whole columns (0.3 ms for any count)."""

_FIRST_BEYOND_NS: Final = 2.0**63
_INTEGERS: Final = [struct.Struct(f"<{count}q").unpack for count in range(FEW_ROWS + 1)]
_FLOATS: Final = [struct.Struct(f"<{count}d").unpack for count in range(FEW_ROWS + 1)]


@dataclass(frozen=True, slots=True)
class MidRule:
    """What the user decides about the lines: `stamp` is one of protocol.messages.STAMPS."""

    threshold_ms: float
    stamp: str


class Lines(NamedTuple):
    """The text of a batch for each log; `skipped` quotes have an error and no mid line."""

    mids: Buffer
    errors: Buffer
    skipped: int


def mid_lines(batch: Batch, rule: MidRule) -> Lines:
    """Return the lines of all `batch.count` quotes, in their order.

    A mid line prints the exchange timestamp or, by `rule.stamp`, the arrival (in live mode,
    where no latency is known, the exchange timestamp in either case). An error line always
    prints the exchange timestamp: it names the quote as it stands in the recording.
    """
    if not IS_COMPILED:
        return python_lines(batch, rule)
    columns = batch.columns
    return Lines(
        *compiled_lines(
            columns.timestamp_ns,
            columns.latency_ms,
            columns.bid_price,
            columns.ask_price,
            rule.threshold_ms,
            batch.mode == HISTORICAL,
            rule.stamp == STAMP_ARRIVAL,
            rounded,
            shortest,
        )
    )


def python_lines(batch: Batch, rule: MidRule) -> Lines:
    """Return the same as `mid_lines`, which is what this says, with nothing that is compiled."""
    return (_few_lines if batch.count <= FEW_ROWS else _many_lines)(batch, rule)


def _many_lines(batch: Batch, rule: MidRule) -> Lines:
    """Return the lines by whole columns."""
    columns = batch.columns
    timestamp_ns = np.frombuffer(columns.timestamp_ns, "<i8")
    latency_ms = np.frombuffer(columns.latency_ms, "<f8")
    bid_price = np.frombuffer(columns.bid_price, "<f8")
    ask_price = np.frombuffer(columns.ask_price, "<f8")

    times = stamps = timestamp_texts(timestamp_ns)
    is_late = np.zeros(batch.count, np.bool_)
    if batch.mode == HISTORICAL:
        is_late = latency_ms > rule.threshold_ms
        if rule.stamp == STAMP_ARRIVAL:
            stamps = timestamp_texts(_arrivals(timestamp_ns, latency_ms))
    late, kept = np.flatnonzero(is_late), np.flatnonzero(~is_late)
    before, after = _error_frame(rule.threshold_ms)
    mids = rounded_texts(_mids(bid_price[kept], ask_price[kept]))
    latencies = shortest_texts(latency_ms[late])
    return Lines(
        lines("", stamps.of(kept), ", ", mids, "\n"),
        lines(before, times.of(late), " as latency ", latencies, after),
        len(late),
    )


def result_of(batch: Batch, lines: Lines, rule: MidRule, *, worker: str, busy_ns: int) -> Result:
    """Return the lines of a batch as they go to the sink; what places them is the batch's own."""
    return Result(
        run=batch.run,
        epoch=batch.epoch,
        first=batch.first,
        count=batch.count,
        cursor=batch.cursor,
        threshold_ms=rule.threshold_ms,
        stamp=rule.stamp,
        mids=lines.mids,
        errors=lines.errors,
        skipped=lines.skipped,
        worker=worker,
        busy_ns=busy_ns,
    )


def _few_lines(batch: Batch, rule: MidRule) -> Lines:
    """Return the same lines without a column: a small batch is the common one when paced."""
    columns, count = batch.columns, batch.count
    floats = _FLOATS[count]
    times_ns: Sequence[int] = _INTEGERS[count](columns.timestamp_ns)
    latencies_ms = floats(columns.latency_ms)
    is_historical = batch.mode == HISTORICAL
    stamps_ns = times_ns
    if is_historical and rule.stamp == STAMP_ARRIVAL:
        stamps_ns = _arrivals(np.array(times_ns), np.array(latencies_ms)).tolist()
    mids, errors = [], []
    before, after = _error_frame(rule.threshold_ms)
    rows = zip(
        times_ns,
        stamps_ns,
        latencies_ms,
        floats(columns.bid_price),
        floats(columns.ask_price),
        strict=True,
    )
    for time_ns, stamp_ns, latency_ms, bid_price, ask_price in rows:
        if is_historical and latency_ms > rule.threshold_ms:
            errors.append(f"{before}{timestamp(time_ns)} as latency {shortest(latency_ms)}{after}")
            continue
        mid = 0.5 * (bid_price + ask_price)
        if isinf(mid):  # the sum can be too large where its half is not
            mid = 0.5 * bid_price + 0.5 * ask_price
        mids.append(f"{timestamp(stamp_ns)}, {rounded(mid)}\n")
    return Lines("".join(mids).encode(), "".join(errors).encode(), len(errors))


def _error_frame(threshold_ms: float) -> tuple[str, str]:
    """Return what stands before the time and behind the latency of an error line."""
    return "No mid price at ", f"ms is bigger than {shortest(threshold_ms)}ms\n"


def _arrivals(timestamp_ns: Int64s, latency_ms: Float64s) -> Int64s:
    """Return the arrival as the replay order counts it: half to even; no latency, none.

    A latency over 292 years is no int64 of nanoseconds, and of no use: it counts as none.
    """
    with np.errstate(over="ignore"):
        latency_ns = np.rint(latency_ms * NS_PER_MS)
        is_known = np.abs(latency_ns) < _FIRST_BEYOND_NS
        return timestamp_ns + np.where(is_known, latency_ns, 0.0).astype(np.int64)


def _mids(bid_price: Float64s, ask_price: Float64s) -> Float64s:
    with np.errstate(over="ignore"):
        mids = 0.5 * (bid_price + ask_price)
    # The sum can be too large for a float64 where its half is not.
    if np.isinf(mids).any():
        return np.where(np.isinf(mids), 0.5 * bid_price + 0.5 * ask_price, mids)
    return mids
