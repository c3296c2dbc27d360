"""Times that the clocks of a zone show -> UTC, as formats/zone has each of them.

The few that the clocks skip or show twice are counted from the lines themselves: in UTC they look
like others. Only about a change of the clocks are lines looked at for that.
"""

import numpy as np

from zreplay.quotes.block import Int64s
from zreplay.quotes.timestamp_text import NS_PER_SECOND
from zreplay.recordings.csv.line_rows import time_texts
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.zone import Clock, has_change, offset_seconds


def unclear_times(
    data: bytes | bytearray, starts: Int64s, timestamp_ns: Int64s, layout: Layout
) -> tuple[int, int]:
    """Return of how many rows the clocks of their zone skipped a time, and showed one twice.

    They begin at `starts` in `data`; a row with one of both counts as skipped.
    """
    times = layout.times
    if not times.has_local_clock or not len(starts):
        return 0, 0
    first, last = int(timestamp_ns.min()), int(timestamp_ns.max())
    if not has_change(first // NS_PER_SECOND, last // NS_PER_SECOND, times.zone):
        return 0, 0
    skipped = twice = 0
    for start in starts.tolist():
        end = data.find(b"\n", start)
        line = bytes(data[start : end if end >= 0 else None])
        clocks = {times.clock(text) for text in time_texts(line, layout)}
        skipped += Clock.SKIPPED in clocks
        twice += Clock.TWICE in clocks and Clock.SKIPPED not in clocks
    return skipped, twice


def in_utc_ns(local_ns: Int64s, zone: str) -> Int64s:
    """Return the instants at which the clocks of a zone show these times."""
    seconds, which = np.unique(local_ns // NS_PER_SECOND, return_inverse=True)
    offsets = [offset_seconds(second, zone) for second in seconds.tolist()]
    offset_ns: Int64s = np.array(offsets, np.int64).take(which) * NS_PER_SECOND
    return local_ns - offset_ns
