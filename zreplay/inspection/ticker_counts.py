"""How many rows each ticker has; beyond a limit, new names are not held."""

from typing import Final

import numpy as np

from zreplay.inspection.report import TickerRows, Tickers
from zreplay.quotes.block import Block

MAX_NAMES: Final = 262_144


class TickerCounts:
    """Counts rows by ticker for at most `max_names` of them."""

    def __init__(self, max_names: int = MAX_NAMES) -> None:
        self._max_names = max_names
        self._rows: dict[str, int] = {}
        self._is_exact = True

    def add(self, block: Block) -> None:
        """Count the rows of a block, whose names may be unused."""
        names, rows = block.ticker_names, self._rows
        counts = np.bincount(block.ticker_codes, minlength=len(names))
        used = np.flatnonzero(counts)
        for code, count in zip(used.tolist(), counts[used].tolist(), strict=True):
            name = names[code]
            if name in rows:
                rows[name] += count
            elif len(rows) < self._max_names:
                rows[name] = count
            else:
                self._is_exact = False

    def report(self, top: int) -> Tickers:
        """Return how many there are, and this many of them, those with the most rows first."""
        ranked = sorted(self._rows.items(), key=lambda item: (-item[1], item[0]))
        return Tickers(
            len(self._rows), self._is_exact, [TickerRows(*item) for item in ranked[:top]]
        )
