"""A line -> whether it is a row, told by how it is spelled: nearly every first line of a file is.

Thousands of files are looked at for their first row, and to judge it takes ten times as long.
Whatever this calls a row, `line_rows` reads as one; of anything else it says nothing.
"""

import re
from functools import lru_cache
from typing import Final

from zreplay.recordings.formats.definition import DELIMITERS
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import TimeForm

MOST_BYTES: Final = 1024
"""A longer line is no usual one."""

_TIMES: Final = TimeForm()
_PART: Final = "(?:[.][0-9]{1,30})?(?:e-[0-9]{1,2})?"
_NUMBER: Final = f"[0-9]{{1,15}}{_PART}"
_FIELDS: Final = {
    # Each of these days is in each month, and no latency leads from these years beyond 64 bits.
    "timestamp": "(?:19[7-9]|20[0-9])[0-9]-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])[ T]"
    "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?",
    "latency": f"-?[0-9]{{1,9}}{_PART}",
    "ticker": "[0-9A-Za-z._:@/+-]{1,64}",
    "index": "(?:[0-9]{1,18})?",
    "ask_price": _NUMBER,
    "bid_price": _NUMBER,
    "ask_amount": f"(?:{_NUMBER})?",
    "bid_amount": f"(?:{_NUMBER})?",
}
_PRINTED: Final = frozenset(map(chr, range(0x20, 0x7F)))


def is_usual_row(line: bytes, layout: Layout) -> bool:
    """Return whether a line, given without its line feed, is a row beyond doubt."""
    found = usual_rows(layout)
    return found is not None and len(line) <= MOST_BYTES and found.fullmatch(line) is not None


def usual_rows(layout: Layout) -> re.Pattern[bytes] | None:
    """Return how such rows of up to MOST_BYTES are spelled; None where there are none."""
    if layout.times != _TIMES or layout.rows or layout.price_tens or layout.amount_tens:
        return None
    return _spelled(layout.delimiter, len(layout.header), tuple(layout.places.items()))


@lru_cache(16)
def _spelled(
    delimiter: str, field_count: int, places: tuple[tuple[str, int], ...]
) -> re.Pattern[bytes] | None:
    """Return how usual rows are spelled; None where other columns are used."""
    if delimiter not in DELIMITERS or not {name for name, _ in places} <= _FIELDS.keys():
        return None
    others = re.escape("".join(sorted(_PRINTED - {'"', delimiter})))
    fields = [f"[{others}]*"] * field_count
    for name, place in places:
        fields[place] = _FIELDS[name]
    return re.compile(re.escape(delimiter).join(fields).encode() + b"\r?")
