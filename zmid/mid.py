"""Batch -> the two texts: a line for each mid, or for each quote that came too late.

Rule 1: mid = 0.5 * (bid_price + ask_price) in float64, printed with 15 significant digits.
        Prices of up to 14 digits have a mid of up to 15, and the error of the formula is
        below half a unit of the 15th: so the exact decimal is what is printed.
Rule 2: plain notation, shortest text: `200` and `0.000000039`, never `2e+02` or `-0`.
Rule 3: a quote is late in historical mode only, and only above the threshold, not at it.
Rule 4: whole columns at once; rows of a rare shape (an exponent in the text, a rounding
        tie) are written one by one with `decimal`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # ships no types

from protocol.messages import HISTORICAL, STAMP_ARRIVAL, Batch, Buffer

Int64s = npt.NDArray[np.int64]
Float64s = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MID_DIGITS: Final = 15
NS_PER_MS: Final = 1_000_000

# From 10**-8 to 10**15, 15 digits are an integer below 2**53 times a power of ten of at
# most 10**22: both are exact in float64, and so is the rounding between them.
_DECADES: Final = np.array([float(f"1e{exponent}") for exponent in range(-8, 16)])
_SCALES: Final = np.array(
    [1.0, *(float(f"1e{MID_DIGITS - 1 - exponent}") for exponent in range(-8, 15)), 1.0]
)
_EXPONENT: Final = ord("e")

# Typed by hand: where it must guess a type, pyarrow looks for pandas, 0.1 ms each time.
_STRING: Final = pa.string()
_NOTHING: Final = pa.scalar("", _STRING)

# Micros are printed where there are nanos, nanos only where they are not zero.
_NO_DIGITS: Final = 1000
_MICROS: Final = pa.array([*(f"{digits:03d}" for digits in range(1000)), ""], _STRING)
_NANOS: Final = pa.array(["", *(f"{digits:03d}" for digits in range(1, 1000))], _STRING)


@dataclass(frozen=True, slots=True)
class MidRule:
    """What the user decides about the lines: `stamp` is one of protocol.messages.STAMPS."""

    threshold_ms: float
    stamp: str


class Lines(NamedTuple):
    """The text of a batch for each log; `skipped` quotes have an error and no mid line."""

    mids: Buffer
    errors: Buffer
    skipped: int


def mid_lines(batch: Batch, rule: MidRule) -> Lines:
    """Return the lines of all `batch.count` quotes, in their order.

    A mid line prints the exchange timestamp or, by `rule.stamp`, the arrival (in live mode,
    where no latency is known, the exchange timestamp in either case). An error line always
    prints the exchange timestamp: it names the quote as it stands in the recording.
    """
    columns = batch.columns
    timestamp_ns = np.frombuffer(columns.timestamp_ns, "<i8")
    bid_price = np.frombuffer(columns.bid_price, "<f8")
    ask_price = np.frombuffer(columns.ask_price, "<f8")
    if batch.mode != HISTORICAL:
        return Lines(_mid_text(timestamp_ns, bid_price, ask_price), b"", 0)

    latency_ms = np.frombuffer(columns.latency_ms, "<f8")
    stamp_ns = timestamp_ns
    if rule.stamp == STAMP_ARRIVAL:
        stamp_ns = timestamp_ns + _whole_ns(latency_ms)
    late = latency_ms > rule.threshold_ms
    skipped = int(np.count_nonzero(late))
    if skipped == 0:
        return Lines(_mid_text(stamp_ns, bid_price, ask_price), b"", 0)
    errors = _error_text(timestamp_ns[late], latency_ms[late], rule.threshold_ms)
    if skipped == batch.count:
        return Lines(b"", errors, skipped)
    kept = ~late
    return Lines(_mid_text(stamp_ns[kept], bid_price[kept], ask_price[kept]), errors, skipped)


def _whole_ns(latency_ms: Float64s) -> Int64s:
    """Return the latency as the replay order counts it: half to even, unknown is none."""
    known_ms = np.where(np.isfinite(latency_ms), latency_ms, 0.0)
    return np.rint(known_ms * NS_PER_MS).astype(np.int64)


def _mid_text(stamp_ns: Int64s, bid_price: Float64s, ask_price: Float64s) -> Buffer:
    return _joined(
        *_timestamps(stamp_ns),
        ", ",
        _each_distinct(_mids(bid_price, ask_price), _decimals),
        "\n",
    )


def _error_text(timestamp_ns: Int64s, latency_ms: Float64s, threshold_ms: float) -> Buffer:
    return _joined(
        "No mid price at ",
        *_timestamps(timestamp_ns),
        " as latency ",
        _plain_texts(latency_ms, latency_ms, latency_ms == 0, _shortest),
        f"ms is bigger than {_shortest(threshold_ms)}ms\n",
    )


def _mids(bid_price: Float64s, ask_price: Float64s) -> Float64s:
    with np.errstate(over="ignore"):
        mids = 0.5 * (bid_price + ask_price)
    if np.isinf(mids).any():
        return np.where(np.isinf(mids), 0.5 * bid_price + 0.5 * ask_price, mids)
    return mids


def _decimals(mids: Float64s) -> Any:
    """Return the text of each mid: its 15 digits as an integer, rounded, scaled back."""
    scales = _SCALES[np.searchsorted(_DECADES, mids, side="right")]
    scaled = mids * scales
    digits = np.rint(scaled)
    # The product is rounded as well, which can turn "just above a half" into "a half" but
    # never carries it past: only a tie can have the wrong digits.
    tied = np.abs(scaled - digits) == 0.5
    in_range = (mids >= _DECADES[0]) & (mids < _DECADES[-1])
    return _plain_texts(digits / scales, mids, tied | ~in_range, _rounded)


def _rounded(mid: float) -> str:
    return f"{Decimal(f'{mid:.{MID_DIGITS}g}') + 0:f}"


def _shortest(number: float) -> str:
    return f"{Decimal(repr(number)) + 0:f}".removesuffix(".0")


def _plain_texts(
    numbers: Float64s, originals: Float64s, rare: Flags, exact: Callable[[float], str]
) -> Any:
    """Return the shortest text of each number, and where `rare`, `exact` of its original.

    A number that pyarrow writes with an exponent (1e10 and more, below 1e-6) is rare too.
    """
    texts = pa.array(numbers).cast(_STRING)
    if (np.frombuffer(texts.buffers()[2], np.uint8) == _EXPONENT).any():
        rare = rare | pc.match_substring(texts, "e").to_numpy(zero_copy_only=False)
    if not rare.any():
        return texts
    rewritten = [exact(original) for original in originals[rare].tolist()]
    return pc.replace_with_mask(texts, pa.array(rare), pa.array(rewritten, _STRING))


def _timestamps(times_ns: Int64s) -> list[Any]:
    """Return the parts of `2025-01-01 00:00:00.120`: with 3 fraction digits, 6 or 9."""
    times_ms, below_ms = np.divmod(times_ns, NS_PER_MS)
    parts = [_each_distinct(times_ms, _to_the_ms)]
    if not below_ms.any():
        return parts
    micros, nanos = np.divmod(below_ms, 1000)
    parts.append(_MICROS.take(pa.array(np.where(below_ms == 0, _NO_DIGITS, micros))))
    if nanos.any():
        parts.append(_NANOS.take(pa.array(nanos)))
    return parts


def _to_the_ms(times_ms: Int64s) -> Any:
    return pa.array(times_ms).view(pa.timestamp("ms")).cast(_STRING)


def _each_distinct(values: npt.NDArray[Any], texts: Callable[[Any], Any]) -> Any:
    """Return the text of each value, written once for all rows of the same value."""
    encoded = pa.array(values).dictionary_encode()
    return texts(encoded.dictionary.to_numpy()).take(encoded.indices)


def _joined(*parts: Any) -> Buffer:
    """Return the joined lines: they end in a newline, so their column is the text."""
    typed = [pa.scalar(part, _STRING) if type(part) is str else part for part in parts]
    lines = pc.binary_join_element_wise(*typed, _NOTHING)
    _, offsets, text = lines.buffers()
    bounds = np.frombuffer(offsets, np.int32)
    return memoryview(text)[bounds[lines.offset] : bounds[lines.offset + len(lines)]]
