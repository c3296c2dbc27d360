"""How many quotes may wait for their turn.

Rule 1: at an instant, those wait that stand in their file no further than the first row above it
in time, and that arrive no earlier than the horizon before it: whoever reads the files row by row,
always the one furthest behind, holds them then.
Rule 2: where more than may wait do so, the order ends: what arrives before that instant less the
horizon still comes out.

So it follows from the files alone whether a run is refused, and behind which quote: not from how
far each was read ahead, where it was cut, or what was read together. What is read ahead of that
has a limit of its own (zreplay/historical/parse_ahead.py).
"""

from typing import Final, NamedTuple

import numpy as np

from protocol.errors import InputError
from protocol.limits import INT64_MAX, INT64_MIN
from zreplay.ordering.late_rows import watermark_ns, watermarks_ns
from zreplay.ordering.waiting_rows import WaitingRows, WaitingTimes
from zreplay.quotes.block import Int64s, file_of
from zreplay.quotes.timestamp_text import exact_time_text

END_NS: Final = INT64_MAX
"""All files were read as far as this once they have ended."""


class Full(NamedTuple):
    """The first instant at which too many wait, and a file that has one of them."""

    at_ns: int
    number: int


class WaitingRoom:
    """Room for `most` quotes, each of which waits until the horizon behind its arrival."""

    def __init__(self, most: int, horizon_ns: int) -> None:
        self.full: Full | None = None
        self.most = most
        self.looked_ns = INT64_MIN
        """Up to here it is known whether it is full; nothing that was read later counts."""
        self._horizon_ns = horizon_ns

    @property
    def mark_ns(self) -> int:
        """The time below which all comes out before the order ends, as it is full."""
        assert self.full is not None
        return watermark_ns(self.full.at_ns, self._horizon_ns)

    def look(self, waiting: WaitingRows, reached_ns: int) -> None:
        """Find out whether it is full at an instant up to which all files were read.

        No row may have been taken since the last look that arrives less than the horizon before
        the instant that this went up to.
        """
        if self.full is None and waiting.rows > self.most:
            self.full = self._first_full(waiting.times(), reached_ns)
        self.looked_ns = reached_ns

    def check(self, name: str) -> None:
        """Raise InputError, which names the file, if it is full."""
        if self.full is not None:
            raise InputError(
                f"{name}: more than {self.most} quotes wait for their turn at "
                f"{exact_time_text(self.full.at_ns)}, --max-buffer is {self.most}",
                fix="a shorter --reorder, or a larger --max-buffer (100 bytes of memory per quote)",
                code="Z404",
            )

    def _first_full(self, times: WaitingTimes, reached_ns: int) -> Full | None:
        # Saturated, so that the sum cannot wrap around.
        lasts_ns = np.minimum(times.arrival_ns, INT64_MAX - self._horizon_ns) + self._horizon_ns
        may_count = (times.timestamp_ns <= reached_ns) & (lasts_ns >= self.looked_ns)
        if np.count_nonzero(may_count) <= self.most:
            return None
        order = np.argsort(times.position)
        firsts_ns, lasts_ns = _newest_ns(times, order), lasts_ns[order]
        by_first = np.argsort(firsts_ns, kind="stable")
        sorted_ns = firsts_ns[by_first]
        counts = np.searchsorted(sorted_ns, sorted_ns, "right")
        # Those that arrive so early that they were due when they were read count for nothing.
        counts -= np.searchsorted(
            np.sort(np.maximum(lasts_ns, watermarks_ns(firsts_ns, 1))), sorted_ns
        )
        is_full = (counts > self.most) & (sorted_ns >= self.looked_ns) & (sorted_ns <= reached_ns)
        found = np.flatnonzero(is_full)[:1]
        if not len(found):
            return None
        row = order[by_first[found[0]]]
        return Full(int(sorted_ns[found[0]]), file_of(int(times.position[row])))


def _newest_ns(times: WaitingTimes, order: Int64s) -> Int64s:
    """Return the greatest timestamp of each row and of those above it, by file and place."""
    timestamp_ns: Int64s = times.timestamp_ns[order]
    begins = np.flatnonzero(np.diff(file_of(times.position[order]), prepend=-1))
    for rows in np.split(timestamp_ns, begins[1:]):
        np.maximum.accumulate(rows, out=rows)
    return timestamp_ns
