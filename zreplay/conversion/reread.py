"""What a replay has to be told so that it takes every quote of a converted file.

In order of arrival, a quote may stand behind one with a timestamp that is far ahead of it: where a
latency is below zero, or there are stale ones. A replay would call it late, or the other a stray.
"""

import numpy as np

from protocol.limits import INT64_MIN
from zreplay.quotes.block import Block, Int64s
from zreplay.quotes.duration_text import duration_text


class Reread:
    """Takes blocks that follow one another; the limits are those of a replay that is told none."""

    def __init__(self, reorder_ns: int, max_jump_ns: int) -> None:
        self._reorder_ns = reorder_ns
        self._max_jump_ns = max_jump_ns
        self._newest_ns = INT64_MIN
        self._late_ns = self._behind_ns = 0

    def add(self, block: Block) -> None:
        """Take one row or more."""
        bounds = block.bounds
        newest_ns = max(self._newest_ns, bounds.greatest_timestamp_ns)
        may_be_late = newest_ns - bounds.least_arrival_ns > self._reorder_ns
        may_be_behind = newest_ns - bounds.least_timestamp_ns > self._max_jump_ns
        if may_be_late or may_be_behind:
            before_ns = np.maximum.accumulate(np.append(self._newest_ns, block.timestamp_ns[:-1]))
            self._late_ns = max(self._late_ns, _farthest_ns(before_ns, block.arrival_ns))
            self._behind_ns = max(self._behind_ns, _farthest_ns(before_ns, block.timestamp_ns))
        self._newest_ns = newest_ns

    @property
    def options(self) -> list[str]:
        """The options that a replay needs, none if none."""
        options = []
        if self._late_ns > self._reorder_ns:
            options.append(f"--reorder {duration_text(self._late_ns)}")
        if self._behind_ns > self._max_jump_ns:
            options.append("--max-jump 0")
        return options


def _farthest_ns(before_ns: Int64s, times_ns: Int64s) -> int:
    """Return how far a time is at most below what was before it; INT64_MIN is nothing."""
    is_behind = (before_ns > times_ns) & (before_ns != INT64_MIN)
    # Of 64 bits without a sign, the difference of two that have one does not wrap around.
    behind_ns = before_ns[is_behind].view(np.uint64) - times_ns[is_behind].view(np.uint64)
    return int(behind_ns.max(initial=0))
