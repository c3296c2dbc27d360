"""A column of times that the clocks of a zone show -> UTC, as formats/zone has each of them."""

import numpy as np

from zreplay.quotes.block import Int64s
from zreplay.quotes.timestamp_text import NS_PER_SECOND
from zreplay.recordings.formats.zone import offset_seconds


def in_utc_ns(local_ns: Int64s, zone: str) -> Int64s:
    """Return the instants at which the clocks of a zone show these times."""
    seconds, which = np.unique(local_ns // NS_PER_SECOND, return_inverse=True)
    offsets = [offset_seconds(second, zone) for second in seconds.tolist()]
    offset_ns: Int64s = np.array(offsets, np.int64).take(which) * NS_PER_SECOND
    return local_ns - offset_ns
