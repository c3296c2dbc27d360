"""How late quotes left, as a few counts for a reader: what is drawn where there is room for it."""

from typing import Any, Final

from zreplay.playback.durations import DurationHistogram

BOUNDS_NS: Final = tuple(
    digit * 10**exponent
    for exponent in range(4, 10)
    for digit in (1, 2, 5)
    if 10**5 // 2 <= digit * 10**exponent <= 10**9
)
"""0.05 ms to 1 s."""


def lateness_bins(lateness: DurationHistogram) -> list[dict[str, Any]]:
    """Return how many quotes were at most so late, and later than the bound before.

    The last has no bound.
    """
    up_to = [*lateness.counts_up_to(BOUNDS_NS), lateness.count]
    counts = [up_to[0], *(after - before for before, after in zip(up_to, up_to[1:], strict=False))]
    bounds = (*BOUNDS_NS, None)
    return [{"to_ns": to_ns, "quotes": count} for to_ns, count in zip(bounds, counts, strict=True)]
