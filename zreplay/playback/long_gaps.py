"""Quiet gaps that are cut short: the next quote is due so long after the last one at most.

A gap is cut when the clock has come to it, once.
"""

from zreplay.playback.replay_clock import ReplayClock


class LongGaps:
    """Lets the clock skip what a gap is longer than `most_ns`; None cuts nothing."""

    def __init__(self, most_ns: int | None) -> None:
        self._most_ns = most_ns
        self.is_open = most_ns is not None
        """True while there is a gap that may have to be cut."""

    def open(self) -> None:
        """Note that a gap begins: a quote has left, or the clock was moved."""
        self.is_open = self._most_ns is not None

    def cut(self, clock: ReplayClock, next_ns: int, last_ns: int | None) -> int:
        """Cut the gap before the arrival `next_ns`; return by how much time of the wall.

        `last_ns` is the arrival of the last quote, None if the gap begins with the clock's anchor.
        """
        if self._most_ns is None or not self.is_open:
            return 0
        self.is_open = False
        since_ns = clock.anchor_ns if last_ns is None else clock.due_ns(last_ns)
        skipped_ns = max(0, clock.due_ns(next_ns) - since_ns - self._most_ns)
        clock.skip(skipped_ns)
        return skipped_ns
