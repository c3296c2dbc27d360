"""Quotes in order of arrival -> those that stand in an earlier file too.

Rule 1: a quote repeats one of an earlier file if both arrive together and are equal in all columns
but `index`. Equal quotes of one file are none: a recorder that wrote them twice may be right.
Rule 2: a block holds all quotes of each of its arrivals, as the order gives them. So nothing is
held between blocks, and where they are cut does not matter.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from zreplay.quotes.block import Block, Bools, Float64s, file_of

Columns = list[npt.NDArray[np.uint64]]

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)


def is_repeated(block: Block) -> Bools | None:
    """Tell for each quote whether it repeats one of an earlier file; None if none does."""
    rows = _tied_across_files(block)
    if not len(rows):
        return None
    tied = block.take(rows)
    order, is_equal = _equal_neighbours(_columns(tied))
    if not is_equal.any():
        return None
    # Equal quotes stand side by side, by their position: the first is of the earliest file.
    files = file_of(tied.position)[order]
    firsts = np.maximum.accumulate(np.where(np.append(False, is_equal), 0, np.arange(len(order))))
    is_later = files != files[firsts]
    found = np.zeros(len(block), np.bool_)
    found[rows[order[is_later]]] = True
    return found if is_later.any() else None


def _tied_across_files(block: Block) -> npt.NDArray[np.intp]:
    """Return the rows whose arrival quotes of several files share."""
    is_tied = block.arrival_ns[1:] == block.arrival_ns[:-1]
    if not is_tied.any():
        return np.array([], np.intp)
    files = file_of(block.position)
    starts = np.flatnonzero(np.append(True, ~is_tied))
    is_across = np.logical_or.reduceat(
        np.append(is_tied & (files[1:] != files[:-1]), False), starts
    )
    return np.flatnonzero(np.repeat(is_across, np.diff(starts, append=len(block))))


def _columns(block: Block) -> Columns:
    """Return what makes quotes equal, as bits."""
    numbers = (
        *(block.latency_ms, block.ask_amount, block.ask_price, block.bid_price),
        block.bid_amount,
    )
    return [
        block.arrival_ns.view(np.uint64),
        block.timestamp_ns.view(np.uint64),
        block.ticker_codes.astype(np.uint64),
        *map(_bits, numbers),
    ]


def _bits(numbers: Float64s) -> npt.NDArray[np.uint64]:
    """Return bits that are the same for equal numbers; what is missing equals what is missing."""
    plain = np.where(np.isnan(numbers), np.nan, numbers + 0.0)  # 0.0 and -0.0 are the same
    return plain.view(np.uint64)


def _equal_neighbours(columns: Columns) -> tuple[npt.NDArray[np.intp], Bools]:
    """Return an order with equal rows side by side, as they stood; which equal the one before."""
    digests = _digests(columns)
    order = np.argsort(digests, kind="stable")
    has_same_digest = digests[order][1:] == digests[order][:-1]
    is_equal = _are_equal(columns, order)
    if not np.array_equal(has_same_digest, is_equal):  # different rows may stand between equal ones
        order = np.lexsort(columns)
        is_equal = _are_equal(columns, order)
    return order, is_equal


def _are_equal(columns: Columns, order: npt.NDArray[np.intp]) -> Bools:
    is_equal = np.ones(len(order) - 1, np.bool_)
    for column in columns:
        ordered = column[order]
        is_equal &= ordered[1:] == ordered[:-1]
    return is_equal


def _digests(columns: Columns) -> npt.NDArray[np.uint64]:
    digests = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        digests = (digests ^ column) * _FACTOR
        digests ^= digests >> _SHIFT
    return digests
