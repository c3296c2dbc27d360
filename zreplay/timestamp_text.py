"""Timestamp texts -> nanoseconds since 1970 UTC.

Rule 1: `2025-10-02 23:59:57.290000`, a `T` for the space, 0 to 9 decimals, a `Z` at the
        end or none; nothing shorter, no other zone.
Rule 2: what int64 nanoseconds cannot hold (before 1677, after 2262) is no timestamp.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # ships no types

from protocol.errors import SettingsError

FEW_TEXTS: Final = 64
"""Up to here, one text after the other is faster than a column (75 us for any count)."""

_FORM: Final = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,9})?Z?$"
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NANOSECONDS: Final = pa.timestamp("ns")
# pyarrow reads no `Z` where it is not told of a zone, and every text is UTC here anyway.
_ZONE: Final = r"Z$"
_WHOLE_FORM: Final = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z?", re.ASCII
).fullmatch
NS_PER_SECOND: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1)
_SECONDS_PER_DAY: Final = 86_400
_LEAST_SECONDS: Final = -(2**63 // NS_PER_SECOND)
_MOST_NS: Final = 2**63 - 1
_SECOND_CHARACTERS: Final = len("2025-10-02 23:59:57")
_CACHED_SECONDS: Final = 1024


def timestamps_ns(
    texts: Sequence[str],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return n instants, and which of the n texts are timestamps; the others are 0."""
    if len(texts) <= FEW_TEXTS:
        return _few_ns(texts)
    column = pa.array(texts, pa.string())
    has_form = pc.match_substring_regex(column, _FORM)
    bare = pc.replace_substring_regex(column, _ZONE, "") if _has_zone(column) else column
    try:
        if pc.all(has_form).as_py() is not False:
            return _instants(bare), np.ones(len(texts), np.bool_)
    except pa.ArrowInvalid:
        pass  # at least one has the form, but is no day or out of range
    instants = np.zeros(len(texts), np.int64)
    is_timestamp = np.array(has_form, np.bool_)
    for row in np.flatnonzero(is_timestamp):
        try:
            instants[row] = _instants(bare[int(row) : int(row) + 1])[0]
        except pa.ArrowInvalid:
            is_timestamp[row] = False
    return instants, is_timestamp


def parse_instant_ns(text: str, option: str) -> int:
    """Read an instant as a user writes it: a timestamp, or a day, which is its beginning.

    Raises:
        SettingsError: it is none.
    """
    text = text.strip()
    instants, is_timestamp = timestamps_ns([f"{text} 00:00:00" if _DAY.fullmatch(text) else text])
    if not is_timestamp[0]:
        raise SettingsError(
            f"{option} was {text!r}, expected a time in UTC",
            fix=f"{option} '2025-10-02 23:59:57.290', or {option} 2025-10-02",
            code="Z203",
        )
    return int(instants[0])


def _few_ns(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the same, one text after the other."""
    instants = [_instant_ns(text) for text in texts]
    is_timestamp = [instant is not None for instant in instants]
    return np.array([instant or 0 for instant in instants], np.int64), np.array(
        is_timestamp, np.bool_
    )


def _instant_ns(text: str) -> int | None:
    form = _WHOLE_FORM(text)
    if form is None:
        return None
    seconds = _whole_seconds(text[:_SECOND_CHARACTERS])
    if seconds is None:
        return None
    instant_ns = seconds * NS_PER_SECOND + int((form[1] or "").ljust(9, "0"))
    return instant_ns if instant_ns <= _MOST_NS else None


@lru_cache(_CACHED_SECONDS)
def _whole_seconds(text: str) -> int | None:
    """Return the seconds since 1970 of a text that has the form, None if it is no time."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    try:
        moment = datetime(year, month, day, int(text[11:13]), int(text[14:16]), int(text[17:]))
    except ValueError:
        return None
    since_1970 = moment - _EPOCH
    seconds = since_1970.days * _SECONDS_PER_DAY + since_1970.seconds
    return seconds if seconds >= _LEAST_SECONDS else None


def _has_zone(column: pa.StringArray) -> bool:
    return bool(pc.any(pc.ends_with(column, "Z")).as_py())


def _instants(column: pa.StringArray) -> npt.NDArray[np.int64]:
    instants: npt.NDArray[np.int64] = column.cast(_NANOSECONDS).cast(pa.int64()).to_numpy()
    return instants
