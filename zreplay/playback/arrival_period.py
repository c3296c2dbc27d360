"""Where a batch ends so that its quotes arrived in one period, such as an hour, since 1970."""

import numpy as np

from zreplay.quotes.block import Int64s


def count_in_first_period(arrivals_ns: Int64s, period_ns: int) -> int:
    """Return how many of the first quotes, one at least, arrived in the period of the first."""
    periods = arrivals_ns // period_ns
    others = np.flatnonzero(periods != periods[0])
    return int(others[0]) if len(others) else len(periods)
