"""Records of DBN, Databento's binary encoding -> a block of quotes. Pure.

record   length in words of 4 bytes u8 | kind u8 | publisher u16 | instrument u32 |
         ts_event u64 | ... | ts_recv u64 | ... | the best level: prices i64, sizes u32
quotes   mbp-1, mbp-10, tbbo, cmbp-1, tcbbo: when the venue made it, received at ts_recv; and
         bbo, cbbo by the second or minute, whose time is ts_recv: their ts_event is that of
         the last trade. Records of other kinds (trades, status, ...) are left out
price    the float64 nearest to an integer times 1e-9; the largest integer is no such side
ticker   what the metadata call the instrument on the day, else its number
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from protocol.limits import INT64_MAX
from zreplay.quotes.arrival import arrivals_ns
from zreplay.quotes.block import Block, Bools, Float64s, Int64s
from zreplay.quotes.duration_text import NS_PER_MS
from zreplay.quotes.rejection import MISSING, NEVER_ARRIVES, OUTSIDE, Reason
from zreplay.recordings.csv.line_rows import NO_INDEX
from zreplay.recordings.csv.ticker_codes import TickerCodes

HEADER_BYTES: Final = 16
QUOTE_BYTES: Final = 80
WORD_BYTES: Final = 4
SAMPLED: Final = (192, 193, 195, 196)
QUOTES: Final = (1, 10, 177, 194, 197, *SAMPLED)
OTHERS: Final = (0, 17, 18, 19, 20, 21, 22, 23, 24, 32, 33, 34, 35, 36, 160)
QUOTE: Final = np.dtype(
    {
        "names": [
            *("kind", "instrument", "ts_event", "ts_recv"),
            *("bid_price", "ask_price", "bid_amount", "ask_amount"),
        ],
        "formats": ["u1", "<u4", "<i8", "<i8", "<i8", "<i8", "<u4", "<u4"],
        "offsets": [1, 4, 8, 32, 48, 56, 64, 68],
        "itemsize": QUOTE_BYTES,
    }
)
"""Its times are unsigned in the file: one beyond 64 bits is below zero here."""

_NO_TIME: Final = -1
_NO_PRICE: Final = INT64_MAX
_UNITS: Final = 10**9
_EXACT_INTEGERS: Final = 2**53
_DAY_NS: Final = 86_400 * 10**9

Bytes = npt.NDArray[np.uint8]
Name = tuple[int, int, str]
"""From a day since 1970 on, up to another: the name of an instrument."""


class Cut(NamedTuple):
    """Where the records of some bytes begin, and where the last whole one ends.

    `is_damaged` says that what follows is no record.
    """

    starts: Int64s
    size: int
    is_damaged: bool = False


def cut(data: bytes) -> Cut:
    """Find the records in bytes that begin with one."""
    text = np.frombuffer(data, np.uint8)
    step = int(text[0]) * WORD_BYTES if len(text) else 0
    count = len(text) // step if step >= QUOTE_BYTES else 0
    whole = text[: count * step].reshape(count, step) if count else text[:0].reshape(0, 1)
    is_uniform = count and (whole[:, 0] == text[0]).all() and np.isin(whole[:, 1], QUOTES).all()
    uniform = np.arange(count if is_uniform else 0, dtype=np.int64) * step
    starts: list[int] = []
    at, is_damaged = len(uniform) * step, False
    while at + HEADER_BYTES <= len(data):
        size, kind = data[at] * WORD_BYTES, data[at + 1]
        least = QUOTE_BYTES if kind in QUOTES else HEADER_BYTES
        is_damaged = size < least or (kind not in QUOTES and kind not in OTHERS)
        if is_damaged or at + size > len(data):
            break
        starts.append(at)
        at += size
    return Cut(np.append(uniform, np.array(starts, np.int64)), at, is_damaged)


class Refused(NamedTuple):
    """A record that is no quote, by its number: which time of it is none, and why."""

    number: int
    column: str
    value: str
    reason: Reason


class DbnRecords:
    """Reads the records of one file; `names` are those of each instrument."""

    def __init__(self, names: Mapping[int, Sequence[Name]], *, has_latency: bool) -> None:
        self._names = names
        self._has_latency = has_latency
        self._known_names = TickerCodes()

    def read(self, data: bytes, starts: Int64s, base: int) -> tuple[Block, list[Refused], int]:
        """Return the quotes among records, those that are none, and how many are left out.

        `base` is the position of the first byte.
        """
        text = np.frombuffer(data, np.uint8)
        numbers = np.flatnonzero(np.isin(text[starts + 1], QUOTES))
        left_out = len(starts) - len(numbers)
        quotes = _records_at(text, starts[numbers])
        taken_ns = np.where(np.isin(quotes["kind"], SAMPLED), quotes["ts_recv"], quotes["ts_event"])
        received_ns = quotes["ts_recv"] if self._has_latency else taken_ns
        is_timed = (taken_ns >= 0) & (received_ns >= 0)
        delay_ns = np.where(is_timed, received_ns - taken_ns, 0)
        latency_ms: Float64s = delay_ns / NS_PER_MS
        arrival_ns, is_fit = arrivals_ns(np.where(is_timed, taken_ns, 0), latency_ms)
        is_quote: Bools = is_timed & is_fit
        refused = [
            _refused(int(numbers[row]), int(taken_ns[row]), int(received_ns[row]))
            for row in np.flatnonzero(~is_quote).tolist()
        ]
        codes, names = self._tickers(quotes, received_ns)
        block = Block(
            arrival_ns=arrival_ns,
            position=base + starts[numbers],
            index=np.full(len(quotes), NO_INDEX, np.int64),
            timestamp_ns=taken_ns,
            latency_ms=latency_ms,
            ask_amount=quotes["ask_amount"].astype(np.float64),
            ask_price=_prices(quotes["ask_price"]),
            bid_price=_prices(quotes["bid_price"]),
            bid_amount=quotes["bid_amount"].astype(np.float64),
            ticker_codes=codes,
            ticker_names=names,
        )
        return block if is_quote.all() else block.take(np.flatnonzero(is_quote)), refused, left_out

    def _tickers(
        self, quotes: npt.NDArray[np.void], received_ns: Int64s
    ) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
        days = np.maximum(received_ns, 0) // _DAY_NS
        pairs, which = np.unique(days << 32 | quotes["instrument"], return_inverse=True)
        names = [self._name(pair & 0xFFFFFFFF, pair >> 32) for pair in pairs.tolist()]
        known_codes, known_names = self._known_names.numbered(names)
        return known_codes.take(which), known_names

    def _name(self, instrument: int, day: int) -> str:
        spans = self._names.get(instrument, ())
        found = (name for first, end, name in spans if first <= day < end)
        return next(found, str(instrument))


def _records_at(text: Bytes, starts: Int64s) -> npt.NDArray[np.void]:
    """Return the quotes that begin there; no copy is made where all records are as long."""
    steps = np.diff(starts)
    if len(starts) and (steps == (steps[0] if len(steps) else QUOTE_BYTES)).all():
        stride = int(steps[0]) if len(steps) else QUOTE_BYTES
        view: npt.NDArray[np.void] = np.ndarray(
            len(starts), QUOTE, text, offset=int(starts[0]), strides=(stride,)
        )
        return view
    rows = text[starts[:, None] + np.arange(QUOTE_BYTES)]
    return np.ascontiguousarray(rows).view(QUOTE).reshape(len(starts))


def _prices(integers: Int64s) -> Float64s:
    prices: Float64s = integers / float(_UNITS)
    # The quotient is rounded once only where the integer is exact.
    for row in np.flatnonzero(np.abs(integers) >= _EXACT_INTEGERS).tolist():
        number = int(integers[row])
        prices[row] = np.nan if number == _NO_PRICE else number / _UNITS
    return prices


def _refused(number: int, taken_ns: int, received_ns: int) -> Refused:
    times = (("ts_event", taken_ns), ("ts_recv", received_ns))
    for column, moment_ns in times:
        if moment_ns < 0:
            value = "" if moment_ns == _NO_TIME else str(moment_ns % 2**64)
            return Refused(number, column, value, MISSING if not value else OUTSIDE)
    return Refused(number, "ts_event", str(taken_ns), NEVER_ARRIVES)
