"""Timestamp texts -> nanoseconds since 1970 UTC.

Rule 1: `2025-10-02 23:59:57.290000`, a `T` for the space, 0 to 9 decimals, a `Z` at the
        end or none; nothing shorter, no other zone.
Rule 2: what int64 nanoseconds cannot hold (before 1677, after 2262) is no timestamp.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # ships no types

from protocol.errors import SettingsError

_FORM: Final = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,9})?Z?$"
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NANOSECONDS: Final = pa.timestamp("ns")
# pyarrow reads no `Z` where it is not told of a zone, and every text is UTC here anyway.
_ZONE: Final = r"Z$"


def timestamps_ns(
    texts: Sequence[str],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return n instants, and which of the n texts are timestamps; the others are 0."""
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


def _has_zone(column: pa.StringArray) -> bool:
    return bool(pc.any(pc.ends_with(column, "Z")).as_py())


def _instants(column: pa.StringArray) -> npt.NDArray[np.int64]:
    instants: npt.NDArray[np.int64] = column.cast(_NANOSECONDS).cast(pa.int64()).to_numpy()
    return instants
