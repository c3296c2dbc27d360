"""When the rows of a piece arrive: a few spans that hold all of their arrivals. Pure."""

from typing import Final

import numpy as np

from zreplay.quotes.block import Int64s

GAP_NS: Final = 60 * 10**9
"""Arrivals so far apart are in spans of their own."""

MOST_SPANS: Final = 256
"""With more the smallest gap is closed: then windows are said to have rows that may have none."""

Span = tuple[int, int]


class ArrivalSpans:
    """Takes arrivals, and holds the first and the last instant of each span, in order."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def add(self, arrival_ns: Int64s) -> None:
        """Take arrivals in any order; there may be none."""
        if not len(arrival_ns):
            return
        in_order = np.sort(arrival_ns)
        # As floats, so that the difference cannot wrap around.
        gaps = np.flatnonzero(np.diff(in_order.astype(np.float64)) > GAP_NS)
        firsts = in_order[np.append(0, gaps + 1)].tolist()
        lasts = in_order[np.append(gaps, len(in_order) - 1)].tolist()
        merged: list[Span] = []
        for first, last in sorted([*self.spans, *zip(firsts, lasts, strict=True)]):
            if merged and first - merged[-1][1] <= GAP_NS:
                merged[-1] = merged[-1][0], max(last, merged[-1][1])
            else:
                merged.append((first, last))
        while len(merged) > MOST_SPANS:
            at = min(range(len(merged) - 1), key=lambda at: merged[at + 1][0] - merged[at][1])
            merged[at : at + 2] = [(merged[at][0], merged[at + 1][1])]
        self.spans = merged
