"""Batch -> the two texts: a line for each mid, or for each quote that arrived too late.

Rule 1: mid = 0.5 * (bid_price + ask_price) in float64, printed with 15 significant digits.
        Two prices of up to 14 digits have a mid of up to 15, and the error of the formula is
        below half a unit of the 15th: so the number printed is the exact decimal.
Rule 2: a quote is late only in historical mode, and only above the threshold, not at it.
Rule 3: a quote of which a price is NaN is blank, whatever its latency: it has no line.
Rule 4: the lines depend on the batch's mode and columns and on the rule, and on nothing else.

The Python code is the definition, row by row for a few quotes and by column for many; compiled
code (zmid/compiled), where there was a compiler, gives the same bytes several times as fast.
"""

import struct
from collections.abc import Sequence
from math import isinf, isnan
from typing import Final

import numpy as np

from protocol.compiled_parts import LINES, are_in_use
from protocol.messages import HISTORICAL, STAMP_ARRIVAL, STAMP_EXCHANGE, Batch, Result
from protocol.narrow_column import widened
from protocol.program_version import PROGRAM_VERSION
from zmid.mid_rule import MidLines, MidRule, arrivals_ns, error_frame
from zmid.plain_text import rounded, shortest, timestamp

if are_in_use(LINES):
    from zmid.compiled_lines import lines as compiled_lines

FEW_ROWS: Final = 48
"""Up to here, row by row is faster than whole columns (0.3 ms for any count)."""

_INTEGERS: Final = [struct.Struct(f"<{count}q").unpack for count in range(FEW_ROWS + 1)]
_FLOATS: Final = [struct.Struct(f"<{count}d").unpack for count in range(FEW_ROWS + 1)]


def mid_lines(batch: Batch, rule: MidRule, *, is_narrow: bool = False) -> MidLines:
    """Return the lines of all `batch.count` quotes, in their order.

    With `is_narrow` compiled code returns narrow texts, as they travel: protocol/narrow_text.py.
    A mid line prints the exchange timestamp or, by `rule.stamp`, the arrival (in live mode,
    where no latency is known, the exchange timestamp in either case). An error line always
    prints the exchange timestamp: it identifies the quote as the recording has it.
    """
    if not are_in_use(LINES):
        return python_lines(batch, rule)
    columns, count = batch.columns, batch.count
    return MidLines(
        *compiled_lines(
            widened(columns.timestamp_ns, count),
            widened(columns.latency_ms, count),
            widened(columns.bid_price, count),
            widened(columns.ask_price, count),
            rule.threshold_ms,
            batch.mode == HISTORICAL,
            rule.stamp == STAMP_ARRIVAL,
            is_narrow,
            rounded,
            shortest,
        )
    )


def python_lines(batch: Batch, rule: MidRule) -> MidLines:
    """Return what `mid_lines` returns, which this defines, without compiled code."""
    if batch.count <= FEW_ROWS:
        return _few_lines(batch, rule)
    from zmid.mid_columns import column_lines  # 70 ms that compiled code does not need

    return column_lines(batch, rule)


def result_of(
    batch: Batch, lines: MidLines, rule: MidRule | None, *, worker: str, busy_ns: int
) -> Result:
    """Return the lines of a batch as they go to the sink, placed by the batch's own numbers.

    Without a rule the run has no mid price, and `lines` are NO_LINES.
    """
    return Result(
        run=batch.run,
        epoch=batch.epoch,
        first=batch.first,
        count=batch.count,
        cursor=batch.cursor,
        arrival_ns=batch.arrival_ns,
        threshold_ms=rule.threshold_ms if rule else None,
        stamp=rule.stamp if rule else STAMP_EXCHANGE,
        mids=lines.mids,
        errors=lines.errors,
        skipped=lines.skipped,
        blank=lines.blank,
        worker=worker,
        busy_ns=busy_ns,
        before=0,
        after=0,
        processors=(),
        outputs=(),
        version=PROGRAM_VERSION,
    )


def _few_lines(batch: Batch, rule: MidRule) -> MidLines:
    """Return the same lines without columns: paced batches are mostly small."""
    columns, count = batch.columns, batch.count
    floats = _FLOATS[count]
    times_ns: Sequence[int] = _INTEGERS[count](widened(columns.timestamp_ns, count))
    latencies_ms = floats(widened(columns.latency_ms, count))
    is_historical = batch.mode == HISTORICAL
    stamps_ns = times_ns
    if is_historical and rule.stamp == STAMP_ARRIVAL:
        stamps_ns = arrivals_ns(np.array(times_ns), np.array(latencies_ms)).tolist()
    mids, errors, blank = [], [], 0
    before, after = error_frame(rule.threshold_ms)
    rows = zip(
        times_ns,
        stamps_ns,
        latencies_ms,
        floats(widened(columns.bid_price, count)),
        floats(widened(columns.ask_price, count)),
        strict=True,
    )
    for time_ns, stamp_ns, latency_ms, bid_price, ask_price in rows:
        if isnan(bid_price) or isnan(ask_price):
            blank += 1
            continue
        if is_historical and latency_ms > rule.threshold_ms:
            errors.append(f"{before}{timestamp(time_ns)} as latency {shortest(latency_ms)}{after}")
            continue
        mid = 0.5 * (bid_price + ask_price)
        if isinf(mid):  # the sum can be too large where its half is not
            mid = 0.5 * bid_price + 0.5 * ask_price
        mids.append(f"{timestamp(stamp_ns)}, {rounded(mid)}\n")
    return MidLines("".join(mids).encode(), "".join(errors).encode(), len(errors), blank)
