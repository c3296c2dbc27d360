"""How many quotes arrive at one instant with quotes of other tickers.

In files by ticker nothing says which of them was first.
"""

import numpy as np

from zreplay.quotes.block import Block
from zreplay.quotes.ticker_table import TickerTable


class TiedArrivals:
    """Takes blocks that follow one another in order of arrival."""

    def __init__(self) -> None:
        self._tickers = TickerTable()
        self._counted = 0
        self._last_ns: int | None = None
        self._last_ticker = self._last_rows = 0
        self._is_last_mixed = False

    @property
    def count(self) -> int:
        """How many there are so far."""
        return self._counted + (self._last_rows if self._is_last_mixed else 0)

    def add(self, block: Block) -> None:
        """Take one row or more."""
        tickers = self._tickers.add(block.ticker_names).take(block.ticker_codes)
        arrivals_ns = block.arrival_ns
        starts = np.flatnonzero(np.append(True, arrivals_ns[1:] != arrivals_ns[:-1]))
        rows = np.diff(np.append(starts, len(block)))
        is_other = tickers != np.repeat(tickers[starts], rows)
        is_mixed = np.logical_or.reduceat(is_other, starts)
        if self._last_ns == int(arrivals_ns[0]):
            is_mixed[0] |= self._is_last_mixed or int(tickers[0]) != self._last_ticker
            rows[0] += self._last_rows
        else:
            self._counted = self.count
        self._counted += int(rows[:-1][is_mixed[:-1]].sum())
        self._last_ns, self._last_ticker = int(arrivals_ns[-1]), int(tickers[-1])
        self._last_rows, self._is_last_mixed = int(rows[-1]), bool(is_mixed[-1])
