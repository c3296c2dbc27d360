"""Columns of numbers and times -> their texts, as `plain_text` has them, faster for many.

The few values of a rare shape are left to the definition, one by one.
"""

from collections.abc import Callable
from typing import Any, Final, Self

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from zmid.plain_text import NS_PER_MS, rounded, shortest
from zmid.rounded_numbers import Flags, Float64s, rounded_values

Int64s = npt.NDArray[np.int64]

_EXPONENT: Final = ord("e")

# Types are always given: to infer one, pyarrow looks for pandas, 0.1 ms each time.
_STRING: Final = pa.string()
_NOTHING: Final = pa.scalar("", _STRING)

# Microseconds are printed if there are nanoseconds, and the latter only if they are not zero.
_NO_DIGITS: Final = 1000
_MICROS: Final = pa.array([*(f"{digits:03d}" for digits in range(1000)), ""], _STRING)
_NANOS: Final = pa.array(["", *(f"{digits:03d}" for digits in range(1, 1000))], _STRING)


class Repeated(msgspec.Struct, frozen=True):
    """A column of texts, many of them equal: that of row i is `texts[indices[i]]`."""

    texts: Any
    indices: Int64s

    def of(self, rows: Int64s) -> Self:
        """Return the texts of some rows."""
        return replace(self, indices=self.indices[rows])


def timestamp_texts(times_ns: Int64s) -> Repeated:
    """Return the column of `timestamp` of each time."""
    times_ms, below_ms = np.divmod(times_ns, NS_PER_MS)
    if below_ms.any():
        distinct_ns, indices = _distinct(times_ns)
        return Repeated(_to_the_ns(distinct_ns), indices)
    first_ms, last_ms = int(times_ms.min()), int(times_ms.max())
    if last_ms - first_ms < len(times_ms):
        return Repeated(_to_the_ms(np.arange(first_ms, last_ms + 1)), times_ms - first_ms)
    distinct_ms, indices = _distinct(times_ms)
    return Repeated(_to_the_ms(distinct_ms), indices)


def rounded_texts(numbers: Float64s) -> Any:
    """Return the column of `rounded` of each number; repeated numbers are cheap."""
    distinct, indices = _distinct(numbers)
    return _rounded_texts(distinct).take(pa.array(indices))


def shortest_texts(numbers: Float64s) -> Any:
    """Return the column of `shortest` of each number."""
    rare = (numbers == 0) | ~np.isfinite(numbers)
    return _plain_texts(numbers, numbers, rare, shortest)


def lines(begin: str, heads: Repeated, between: str, tails: Any, end: str) -> bytes:
    """Return a text of, for each row: begin, its head, between, its tail, end."""
    # The end of a line is put before the head of the next: two columns join faster than five.
    beginnings = pc.binary_join_element_wise(_text(end + begin), heads.texts, _NOTHING)
    rows = pc.binary_join_element_wise(
        beginnings.take(pa.array(heads.indices)), tails, _text(between)
    )
    if not len(rows):
        return b""
    # The data of a text column lies end to end: it is the text of all its rows.
    _, offsets, data = rows.buffers()
    bounds = np.frombuffer(offsets, np.int32)
    first, last = int(bounds[rows.offset]), int(bounds[rows.offset + len(rows)])
    return b"".join((memoryview(data)[first + len(end) : last], end.encode()))


def _text(constant: str) -> Any:
    return pa.scalar(constant, _STRING)


def _distinct(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Int64s]:
    """Return the distinct values, and for each row the index of its value among them."""
    encoded = pa.array(values).dictionary_encode()
    return encoded.dictionary.to_numpy(), encoded.indices.to_numpy()


def _to_the_ms(times_ms: Int64s) -> Any:
    return pa.array(times_ms).view(pa.timestamp("ms")).cast(_STRING)


def _to_the_ns(times_ns: Int64s) -> Any:
    """Return the timestamps of distinct times, with 3, 6 or 9 digits each."""
    times_ms, below_ms = np.divmod(times_ns, NS_PER_MS)
    micros, nanos = np.divmod(below_ms, 1000)
    digits = _MICROS.take(np.where(below_ms == 0, _NO_DIGITS, micros))
    parts = [_to_the_ms(times_ms), digits, _NANOS.take(nanos)]
    return pc.binary_join_element_wise(*parts, _NOTHING)


def _rounded_texts(numbers: Float64s) -> Any:
    values, rare = rounded_values(numbers)
    return _plain_texts(values, numbers, rare, rounded)


def _plain_texts(
    numbers: Float64s, originals: Float64s, rare: Flags, exact: Callable[[float], str]
) -> Any:
    """Return the shortest text of each number, and where `rare`, `exact` of its original.

    A number that pyarrow writes with an exponent (1e10 and more, below 1e-6) is rare too.
    """
    texts = pa.array(numbers).cast(_STRING)
    if not len(texts):
        return texts
    buffers: list[Any] = texts.buffers()
    if (np.frombuffer(buffers[2], np.uint8) == _EXPONENT).any():
        rare = rare | pc.match_substring(texts, "e").to_numpy(zero_copy_only=False)
    if not rare.any():
        return texts
    rewritten = [exact(original) for original in originals[rare].tolist()]
    return pc.replace_with_mask(texts, pa.array(rare), pa.array(rewritten, _STRING))
