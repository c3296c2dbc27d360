"""Batch -> its lines by whole columns, which is faster for many quotes than row by row."""

import numpy as np

from protocol.arrays import float64s, int64s
from protocol.messages import HISTORICAL, STAMP_ARRIVAL, Batch
from zmid.mid_rule import MidLines, MidRule, arrivals_ns, error_frame, mids_of
from zmid.text_columns import lines, rounded_texts, shortest_texts, timestamp_texts


def column_lines(batch: Batch, rule: MidRule) -> MidLines:
    """Return the lines of all quotes of a batch, in their order."""
    columns, count = batch.columns, batch.count
    timestamp_ns = int64s(columns.timestamp_ns, count)
    latency_ms = float64s(columns.latency_ms, count)
    bid_price = float64s(columns.bid_price, count)
    ask_price = float64s(columns.ask_price, count)

    times = stamps = timestamp_texts(timestamp_ns)
    is_late = np.zeros(count, np.bool_)
    if batch.mode == HISTORICAL:
        is_late = latency_ms > rule.threshold_ms
        if rule.stamp == STAMP_ARRIVAL:
            stamps = timestamp_texts(arrivals_ns(timestamp_ns, latency_ms))
    is_blank = np.isnan(bid_price) | np.isnan(ask_price)
    late, kept = np.flatnonzero(is_late & ~is_blank), np.flatnonzero(~is_late & ~is_blank)
    before, after = error_frame(rule.threshold_ms)
    mids = rounded_texts(mids_of(bid_price[kept], ask_price[kept]))
    latencies = shortest_texts(latency_ms[late])
    return MidLines(
        lines("", stamps.of(kept), ", ", mids, "\n"),
        lines(before, times.of(late), " as latency ", latencies, after),
        len(late),
        int(np.count_nonzero(is_blank)),
    )
