"""The table of a run -> what a report shows of it: per ticker, over time, by latency (pure).

Blocks of columns in, counts out. Two readings: the first finds the span and the tickers, the
second what happened when. Memory is bounded by the bins and the tickers, not by the rows.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

TIME_BINS: Final = 600
LATENCY_EDGES_MS: Final = np.concatenate(
    [[-np.inf, np.nextafter(0.0, 1.0)], np.geomspace(1e-6, 1e5, 133), [np.inf]]
)
"""0 or less, less than 1 ns, then twelve bins a decade up to 100 s."""
NOT_KNOWN: Final = "?"


class Overview:
    """The first reading: span of arrivals, and per ticker how many rows, mids and what spread."""

    def __init__(self) -> None:
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.latencies = np.zeros(len(LATENCY_EDGES_MS) - 1, np.int64)
        self._codes: dict[str, int] = {}
        self._sums = np.zeros((0, 4))
        self._lasts = np.zeros(0)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch of mids.arrows."""
        if not batch.num_rows:
            return
        arrivals = arrivals_of(batch)
        low, high = int(arrivals.min()), int(arrivals.max())
        self.first_ns = low if self.first_ns is None else min(low, self.first_ns)
        self.last_ns = high if self.last_ns is None else max(high, self.last_ns)
        self.latencies += np.histogram(column_of(batch, "latency_ms"), LATENCY_EDGES_MS)[0]
        codes = self._codes_of(batch)
        mids = column_of(batch, "mid")
        spreads = column_of(batch, "ask_price") - column_of(batch, "bid_price")
        has_mid, has_spread = ~np.isnan(mids), ~np.isnan(spreads)
        weights = (None, has_mid, has_spread, np.where(has_spread, spreads, 0))
        for place, weight in enumerate(weights):
            self._sums[:, place] += np.bincount(codes, weight, len(self._codes))
        self._lasts[codes[has_mid]] = mids[has_mid]  # of one index given twice the later stays

    def tickers(self) -> list[tuple[str, int, int, float, float]]:
        """Return (ticker, quotes, mids, last mid, mean spread), the most quotes first.

        The last two are NaN where there is none.
        """
        counts, mids, spreads, sums = self._sums.T
        means = np.divide(sums, spreads, out=np.full(len(sums), np.nan), where=spreads > 0)
        rows = [
            (name, int(counts[code]), int(mids[code]), float(self._lasts[code]), float(means[code]))
            for name, code in self._codes.items()
        ]
        return sorted(rows, key=lambda row: (-row[1], row[0]))

    def _codes_of(self, batch: pa.RecordBatch) -> NDArray[np.int64]:
        """Return for each row the code of its ticker."""
        encoded = batch.column("ticker").dictionary_encode("encode")
        names = [NOT_KNOWN if name is None else name for name in encoded.dictionary.to_pylist()]
        for name in names:
            if name not in self._codes:
                self._codes[name] = len(self._codes)
        codes = np.fromiter(map(self._codes.__getitem__, names), np.int64, len(names))
        more = len(self._codes) - len(self._lasts)
        self._lasts = np.concatenate([self._lasts, np.full(more, np.nan)])
        self._sums = np.vstack([self._sums, np.zeros((more, 4))])
        found: NDArray[np.int64] = codes[encoded.indices.to_numpy()]
        return found


class TimeLine:
    """The second reading: quotes, mids and skipped ones in bins of arrival; some tickers' mids."""

    def __init__(self, first_ns: int, last_ns: int, tickers: tuple[str, ...]) -> None:
        self.edges_ns = np.linspace(first_ns, max(last_ns, first_ns + TIME_BINS), TIME_BINS + 1)
        self.edges_ns = self.edges_ns.astype(np.int64)
        self.quotes = np.zeros(TIME_BINS, np.int64)
        self.mids = np.zeros(TIME_BINS, np.int64)
        self.series = {ticker: MidSeries() for ticker in tickers}

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch of mids.arrows."""
        arrivals, mids = arrivals_of(batch), column_of(batch, "mid")
        bins = np.clip(np.searchsorted(self.edges_ns, arrivals, "right") - 1, 0, TIME_BINS - 1)
        self.quotes += np.bincount(bins, minlength=TIME_BINS)
        self.mids += np.bincount(bins[~np.isnan(mids)], minlength=TIME_BINS)
        middles = 0.5 * (column_of(batch, "ask_price") + column_of(batch, "bid_price"))
        for ticker, series in self.series.items():
            is_it: Any = pc.equal(batch.column("ticker"), pa.scalar(ticker))
            is_it = pc.fill_null(is_it, False)
            rows = np.flatnonzero(is_it.to_numpy(zero_copy_only=False))
            series.add(bins[rows], arrivals[rows], mids[rows], middles[rows])


class MidSeries:
    """The mids of one ticker: of each bin the first, the least, the greatest and the last."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        self.skipped: dict[int, tuple[int, float]] = {}
        """The first skipped quote of a bin: (arrival, middle of bid and ask)."""

    def add(
        self,
        bins: NDArray[np.int64],
        arrivals_ns: NDArray[np.int64],
        mids: NDArray[np.float64],
        middles: NDArray[np.float64],
    ) -> None:
        """Add rows in order; a skipped one has a middle and no mid."""
        is_mid = ~np.isnan(mids)
        for chosen in np.unique(bins[is_mid]).tolist():
            rows = is_mid & (bins == chosen)
            old = self._kept.get(chosen, (arrivals_ns[:0], mids[:0]))
            arrivals = np.concatenate([old[0], arrivals_ns[rows]])
            values = np.concatenate([old[1], mids[rows]])
            four = np.unique([0, values.argmin(), values.argmax(), len(values) - 1])
            self._kept[chosen] = (arrivals[four], values[four])
        rows = np.flatnonzero(~is_mid & ~np.isnan(middles))
        skipped, firsts = np.unique(bins[rows], return_index=True)
        for chosen, row in zip(skipped.tolist(), rows[firsts].tolist(), strict=True):
            self.skipped.setdefault(chosen, (int(arrivals_ns[row]), float(middles[row])))

    def line(self) -> list[tuple[int, float]]:
        """Return (arrival, mid), bin after bin."""
        return [
            pair
            for _, (arrivals, mids) in sorted(self._kept.items(), key=lambda item: item[0])
            for pair in zip(arrivals.tolist(), mids.tolist(), strict=True)
        ]


def arrivals_of(batch: pa.RecordBatch) -> NDArray[np.int64]:
    arrivals: NDArray[np.int64] = batch.column("arrival").cast(pa.int64()).to_numpy()
    return arrivals


def column_of(batch: pa.RecordBatch, name: str) -> NDArray[np.float64]:
    """Return a column of numbers; what is missing is NaN."""
    column = batch.column(name).to_numpy(zero_copy_only=False)
    numbers: NDArray[np.float64] = column.astype(np.float64, copy=False)
    return numbers
