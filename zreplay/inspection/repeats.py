"""Rows that are the same in everything but their number: how many repeat an earlier one.

Equal rows arrive at the same time. So every repeat is among the quotes of one block in replay
order that arrive together, and only those are compared.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from zreplay.quotes.block import Block

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)


def repeats_in(block: Block) -> int:
    """Count the rows that equal an earlier one in times, ticker, prices and amounts."""
    columns = _columns(block)
    digests = _digests(columns)
    ordered = np.sort(digests)
    shared = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(shared):
        return 0
    # Rows with different digests differ; those with the same digest are compared in full.
    candidates = np.flatnonzero(np.isin(digests, shared))
    columns = [column[candidates] for column in columns]
    order = np.lexsort(columns)
    is_same = np.ones(len(order) - 1, dtype=np.bool_)
    for column in columns:
        sorted_column = column[order]
        is_same &= sorted_column[1:] == sorted_column[:-1]
    return int(np.count_nonzero(is_same))


def _columns(block: Block) -> list[npt.NDArray[np.uint64]]:
    """Return what makes rows the same, as bits: an empty amount equals another one."""
    numbers = (block.ask_price, block.bid_price, block.ask_amount, block.bid_amount)
    return [
        block.arrival_ns.view(np.uint64),
        block.timestamp_ns.view(np.uint64),
        block.ticker_codes.astype(np.uint64),
        *((number + 0.0).view(np.uint64) for number in numbers),  # 0.0 and -0.0 are the same
    ]


def _digests(columns: list[npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
    digests = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        digests = (digests ^ column) * _FACTOR
        digests ^= digests >> np.uint64(29)
    return digests
