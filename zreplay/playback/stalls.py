"""What keeps a due quote from leaving: no room, no row, a frozen process.

Instants in, durations out. What a stall does to the clock is decided in playback.py.
"""

from typing import Final

from zreplay.playback.playback_counters import PlaybackCounters

STALL_NS: Final = 100_000_000
"""Less than this is caught up with, and moves no clock."""


class Stalls:
    """Remembers since when the replay is blocked or starved, and when it was last asked."""

    def __init__(self, counters: PlaybackCounters) -> None:
        self.is_blocked = False
        """True while something is due that cannot leave."""
        self.is_starved = False
        """True while the source has no row, and is not at its end."""
        self._counters = counters
        self._blocked_since_ns = 0
        self._is_window_full = False
        self._starved_since_ns = 0
        self._paused_ns = 0
        self._asked_ns = 0

    def forget(self) -> None:
        """Forget all waits: the replay continues elsewhere."""
        self.is_blocked = self.is_starved = False

    def paused(self, now_ns: int) -> None:
        self._paused_ns = now_ns

    def resumed(self, now_ns: int) -> None:
        """Take the pause out of all waits: nothing was due in it."""
        stood_ns = now_ns - self._paused_ns
        self._blocked_since_ns += stood_ns
        self._starved_since_ns += stood_ns

    def blocked(self, now_ns: int, *, is_window_full: bool) -> None:
        """Note that something is due and cannot leave."""
        if not self.is_blocked:
            self.is_blocked, self._is_window_full = True, is_window_full
            self._blocked_since_ns = now_ns

    def blocked_ns(self, now_ns: int) -> int:
        """Return for how long something that is due could not leave, 0 if it can."""
        return max(1, now_ns - self._blocked_since_ns) if self.is_blocked else 0

    def unblocked(self, now_ns: int) -> int:
        """Note that it can leave now; return how long it could not."""
        if not self.is_blocked:
            return 0
        self.is_blocked = False
        blocked_ns = now_ns - self._blocked_since_ns
        if self._is_window_full:
            self._counters.window_blocked_ns += blocked_ns
        else:
            self._counters.workers_blocked_ns += blocked_ns
        return blocked_ns

    def starved(self, now_ns: int) -> None:
        """Note that the source has no row now."""
        if not self.is_starved:
            self.is_starved, self._starved_since_ns = True, now_ns

    def fed(self, now_ns: int, due_ns: int) -> int:
        """Note that a row is there, due at that instant; return how long it was missing."""
        self.is_starved, self._asked_ns = False, now_ns
        starved_ns = max(0, now_ns - max(self._starved_since_ns, due_ns))
        self._counters.starved_ns += starved_ns
        return starved_ns

    def asked(self, now_ns: int, due_ns: int) -> int:
        """Note that somebody asks what is due; return how long it has been due unasked.

        A short time counts as 0, and so does any while the next quote is blocked.
        """
        asked_ns, self._asked_ns = self._asked_ns, now_ns
        frozen_ns = now_ns - max(asked_ns, due_ns)
        if frozen_ns <= STALL_NS or self.is_blocked:
            return 0
        self._counters.frozen_ns += frozen_ns
        return frozen_ns
