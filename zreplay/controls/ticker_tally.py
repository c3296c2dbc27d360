"""Rows of `mids.arrows` -> what there is of each ticker."""

from typing import Any, Final, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

MOST_TICKERS: Final = 100_000
"""So many are told apart; the quotes of any that come later are counted together."""


class TickerRow(msgspec.Struct):
    """What is committed of a ticker.

    Of `quotes`, `mids` have a line in mid_prices.log, `skipped` were over the latency threshold,
    and the rest lacks a side. `last_mid` and `mean_spread` (ask - bid, of all quotes with both
    sides) are None where there is none.
    """

    ticker: str
    quotes: int = 0
    mids: int = 0
    skipped: int = 0
    last_mid: float | None = None
    spread_sum: float = 0.0
    spreads: int = 0

    @property
    def mean_spread(self) -> float | None:
        return self.spread_sum / self.spreads if self.spreads else None

    def as_fields(self) -> dict[str, Any]:
        names = ("ticker", "quotes", "mids", "skipped", "last_mid", "mean_spread")
        return {name: getattr(self, name) for name in names}


class LeftOut(NamedTuple):
    """Tickers that are not listed, and how many quotes they have.

    `tickers` leaves out those of which nobody knows how many they are.
    """

    tickers: int
    quotes: int


class TickerTally:
    """Adds up the rows that it takes, in record order."""

    def __init__(self, most_tickers: int = MOST_TICKERS) -> None:
        self._rows: dict[str, TickerRow] = {}
        self._most = most_tickers
        self._beyond = 0

    @property
    def tickers(self) -> int:
        return len(self._rows)

    def take(self, batch: pa.RecordBatch) -> None:
        """Add rows that follow those before."""
        for one in _grouped(batch):
            name = one["ticker"]
            row = self._rows.get(name)
            if row is None and len(self._rows) >= self._most:
                self._beyond += one["ticker_count"]
                continue
            row = row or self._rows.setdefault(name, TickerRow(name))
            row.quotes += one["ticker_count"]
            row.mids += one["mid_count"]
            row.skipped += one["skipped_sum"] or 0
            row.spreads += one["spread_count"]
            row.spread_sum += one["spread_sum"] or 0.0
            if one["mid_last"] is not None:
                row.last_mid = one["mid_last"]

    def listed(self, most: int) -> tuple[list[TickerRow], LeftOut]:
        """Return the tickers with most quotes, and what of the others is left out."""
        rows = sorted(self._rows.values(), key=lambda row: (-row.quotes, row.ticker))
        rest = rows[most:]
        return rows[:most], LeftOut(len(rest), sum(row.quotes for row in rest) + self._beyond)


def _grouped(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    spread = pc.subtract(batch["ask_price"], batch["bid_price"])
    is_skipped = pc.and_(pc.is_valid(spread), pc.is_null(batch["mid"]))
    columns = {
        "ticker": batch["ticker"],
        "mid": batch["mid"],
        "spread": spread,
        "skipped": is_skipped,
    }
    # By one thread: the last mid of a group is that of its last row.
    grouped = pa.table(columns).group_by("ticker", use_threads=False)
    asked: list[Any] = [("ticker", "count"), ("mid", "count"), ("mid", "last"), ("skipped", "sum")]
    found: list[dict[str, Any]] = grouped.aggregate(
        [*asked, ("spread", "sum"), ("spread", "count")]
    ).to_pylist()
    return found
