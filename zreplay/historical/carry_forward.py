"""Formats in which an empty field means "unchanged": the ticker's last value is put in its place.

Rule 1: price and amount of each side are carried by themselves, in the order of the file, whatever
arrives first.
Rule 2: what no row of the ticker has said yet stays missing.
"""

from typing import Any, Final

import numpy as np
from msgspec.structs import replace

from protocol.errors import InputError
from zreplay.quotes.block import Block, Bools, Float64s, Int32s
from zreplay.quotes.ticker_table import TickerTable

CARRIED: Final = ("ask_price", "bid_price", "ask_amount", "bid_amount")


class CarryForward:
    """Remembers the last values of each ticker of one file: 32 bytes each."""

    def __init__(self) -> None:
        self._tickers = TickerTable()
        self._last = {name: np.array([], np.float64) for name in CARRIED}

    def filled(self, block: Block) -> Block:
        """Return the next rows in file order, with what is unchanged written out."""
        if not len(block):
            return block
        codes = self._tickers.add(block.ticker_names).take(block.ticker_codes)
        order = np.argsort(codes, kind="stable")
        sorted_codes = codes[order]
        is_first = np.append(True, sorted_codes[1:] != sorted_codes[:-1])
        columns: dict[str, Any] = {}
        for name in CARRIED:
            known = self._known(name)
            filled = _filled(getattr(block, name)[order], sorted_codes, is_first, known)
            is_last = np.append(is_first[1:], True)
            known[sorted_codes[is_last]] = filled[is_last]
            columns[name] = np.empty_like(filled)
            columns[name][order] = filled
        return replace(block, **columns)

    def _known(self, name: str) -> Float64s:
        """Return the last value of each ticker, NaN if there was none."""
        missing = len(self._tickers) - len(self._last[name])
        if missing:
            self._last[name] = np.append(self._last[name], np.full(missing, np.nan))
        return self._last[name]


def needs_memory(file: str, format: str) -> InputError:
    """Return the error of a replay, which may go on anywhere and remembers nothing."""
    return InputError(
        f"{file}: in the format {format}, an empty price or amount is the last one of its ticker, "
        "however far above",
        fix=f"zreplay convert {file} --to quotes.parquet, with the same options, and replay that",
        code="Z402",
    )


def _filled(values: Float64s, codes: Int32s, is_first: Bools, known: Float64s) -> Float64s:
    """Return values, rows of a ticker together, where what is missing is the last one before."""
    values = np.where(is_first & np.isnan(values), known[codes], values)
    # The row from which each is: that of a value, or where its ticker begins.
    rows = np.where(is_first | ~np.isnan(values), np.arange(len(values)), 0)
    filled: Float64s = values[np.maximum.accumulate(rows)]
    return filled
