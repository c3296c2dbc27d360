"""What is counted in one recording, or in several merged ones, as it is read."""

import numpy as np

from zreplay.inspection.distinct import DistinctTimes
from zreplay.inspection.latencies import Latencies
from zreplay.inspection.refusals import Refusals
from zreplay.inspection.replay_order import ReplayOrder
from zreplay.inspection.report import DisorderReport, Duration, Prices, RecordingReport, TimeSpan
from zreplay.inspection.ticker_counts import TickerCounts
from zreplay.quotes.block import Block


class Account:
    """Counts quotes in replay order: those a run would send."""

    def __init__(self, threshold_ms: float) -> None:
        self.rows = 0
        self.refusals = Refusals()
        self._order = ReplayOrder()
        self._timestamps: TimeSpan | None = None
        self._distinct = DistinctTimes()
        self._tickers = TickerCounts()
        self._latencies = Latencies(threshold_ms)
        self._prices = Prices(0, 0, 0, 0, 0)

    def add(self, block: Block) -> None:
        """Count the next quotes, at least one."""
        self.rows += len(block)
        self._order.add(block)
        self._timestamps = _widened(self._timestamps, block)
        self._distinct.add(block.timestamp_ns)
        self._tickers.add(block)
        self._latencies.add(block)
        self._prices = _with_prices(self._prices, block)

    @property
    def arrivals(self) -> TimeSpan | None:
        """From the first arrival to the last, None without a quote."""
        return self._order.arrivals

    def report(
        self,
        file: str,
        size_bytes: int,
        disorder: DisorderReport,
        top: int,
        replay_seconds: Duration,
    ) -> RecordingReport:
        return RecordingReport(
            file=file,
            size_bytes=size_bytes,
            rows=self.rows,
            rejected=self.refusals.rows,
            timestamps=self._timestamps,
            distinct_timestamps=self._distinct.report(),
            arrivals=self.arrivals,
            rate=self._order.rate,
            tickers=self._tickers.report(top),
            ties=self._order.ties,
            repeats=self._order.repeats,
            prices=self._prices,
            disorder=disorder,
            latency=self._latencies.report(),
            refusals=self.refusals.report(),
            replay_seconds=replay_seconds,
        )


def _widened(span: TimeSpan | None, block: Block) -> TimeSpan:
    first_ns, last_ns = int(block.timestamp_ns.min()), int(block.timestamp_ns.max())
    if span is None:
        return TimeSpan(first_ns, last_ns)
    return TimeSpan(min(first_ns, span.first_ns), max(last_ns, span.last_ns))


def _with_prices(counts: Prices, block: Block) -> Prices:
    bid, ask = block.bid_price, block.ask_price
    is_priced = ~(np.isnan(bid) | np.isnan(ask))
    has_both = (bid != 0) & (ask != 0) & is_priced
    both, priced = int(np.count_nonzero(has_both)), int(np.count_nonzero(is_priced))
    one_sided = int(np.count_nonzero(((bid != 0) | (ask != 0)) & is_priced)) - both
    return Prices(
        crossed=counts.crossed + int(np.count_nonzero((bid > ask) & has_both)),
        locked=counts.locked + int(np.count_nonzero((bid == ask) & has_both)),
        one_sided=counts.one_sided + one_sided,
        empty=counts.empty + priced - both - one_sided,
        blank=counts.blank + len(block) - priced,
    )
