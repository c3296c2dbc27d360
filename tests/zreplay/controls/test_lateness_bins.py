"""Every quote is in one bin of its lateness."""

import numpy as np

from zreplay.controls.lateness_bins import BOUNDS_NS, lateness_bins
from zreplay.playback.durations import DurationHistogram


def test_each_quote_is_counted_in_the_bin_of_its_lateness() -> None:
    lateness = DurationHistogram()
    lateness.record(np.array([-5.0, 1e3, 0.3e6, 0.3e6, 7e6, 5e9]))
    bins = {each["to_ns"]: each["quotes"] for each in lateness_bins(lateness) if each["quotes"]}

    assert {BOUNDS_NS[0]: 2, 500_000: 2, 10_000_000: 1, None: 1} == bins


def test_the_bounds_rise_from_50_us_to_a_second() -> None:
    assert (50_000, 10**9) == (BOUNDS_NS[0], BOUNDS_NS[-1])
    assert sorted(BOUNDS_NS) == [*BOUNDS_NS]
