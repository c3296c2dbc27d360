"""Names and patterns such as `BTC*` -> whether a ticker is chosen; case-sensitive.

Thousands of names cost no more than one: a ticker is looked up among them. All patterns together
are one regular expression.
"""

import re
from collections.abc import Sequence
from fnmatch import translate
from typing import Final

import numpy as np

from zreplay.quotes.block import Block
from zreplay.quotes.ticker_table import used_codes

_PATTERN_MARKS: Final = frozenset("*?[")


def names_in(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names or patterns of a list, or of one text with commas between them."""
    parts = names.split(",") if isinstance(names, str) else names
    return tuple(name for part in parts if (name := part.strip()))


def literal_start(pattern: str) -> str:
    """Return how each ticker that fits a pattern begins; of a name, all of it."""
    return next(
        (pattern[:at] for at, mark in enumerate(pattern) if mark in _PATTERN_MARKS), pattern
    )


class TickerChoice:
    """Chosen is what fits one of `tickers`, all if there is none, and none of `exclude`."""

    def __init__(self, tickers: Sequence[str], exclude: Sequence[str]) -> None:
        self._tickers = _Names(tickers)
        self._exclude = _Names(exclude)
        self._is_all = not tickers

    def choose(self, block: Block) -> Block:
        """Return the rows whose ticker is chosen."""
        # Of the names that were ever seen, only those in this block are asked about.
        names = block.ticker_names
        is_chosen = np.zeros(len(names), np.bool_)
        used = used_codes(block).tolist()
        is_chosen[used] = [self.has(names[code]) for code in used]
        rows = is_chosen[block.ticker_codes]
        return block if rows.all() else block.take(np.flatnonzero(rows))

    def has(self, ticker: str) -> bool:
        """Return whether a ticker is chosen."""
        if self._is_all or self._tickers.fit(ticker):
            return not self._exclude.fit(ticker)
        return False


class _Names:
    def __init__(self, names: Sequence[str]) -> None:
        patterns = [name for name in names if _PATTERN_MARKS & {*name}]
        self._names = frozenset(names).difference(patterns)
        self._pattern = re.compile("|".join(map(translate, patterns))) if patterns else None

    def fit(self, ticker: str) -> bool:
        if ticker in self._names:
            return True
        return self._pattern is not None and self._pattern.match(ticker) is not None
